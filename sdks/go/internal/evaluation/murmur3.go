package evaluation

import (
	"encoding/binary"
	"math/bits"
)

// MurmurHash3 by Austin Appleby (public domain, https://github.com/aappleby/smhasher), x86 variants, over UTF-8 bytes.

// prefix is the 32-bit state after the whole blocks of a text that is hashed once; tail holds the 0–3 bytes that follow them.
type prefix struct {
	hash, tail, tailBits, length uint32
}

func prefixOf(text string, seed uint32) prefix {
	made := prefix{hash: seed, length: uint32(len(text))}
	for ; len(text) >= 4; text = text[4:] {
		made.hash = mix32(made.hash, word(text, 0))
	}
	for at := range len(text) {
		made.tail |= uint32(text[at]) << made.tailBits
		made.tailBits += 8
	}
	return made
}

// hashAfter is the 32-bit hash of prefix and text together. It allocates nothing.
func (p *prefix) hashAfter(text string) uint32 {
	hash, block, filled := p.hash, p.tail, p.tailBits
	at := 0
	for ; at+4 <= len(text); at += 4 {
		next := word(text, at)
		hash = mix32(hash, block|next<<filled)
		// A shift by 32 gives 0 in Go, which is what no bits over means.
		block = next >> (32 - filled)
	}
	for ; at < len(text); at++ {
		block |= uint32(text[at]) << filled
		if filled += 8; filled == 32 {
			hash, block, filled = mix32(hash, block), 0, 0
		}
	}
	if filled > 0 {
		hash ^= scramble32(block)
	}
	return finalMix(hash ^ (p.length + uint32(len(text))))
}

func word(text string, at int) uint32 {
	return uint32(text[at]) | uint32(text[at+1])<<8 | uint32(text[at+2])<<16 | uint32(text[at+3])<<24
}

func scramble32(block uint32) uint32 {
	return bits.RotateLeft32(block*0xcc9e2d51, 15) * 0x1b873593
}

func mix32(hash, block uint32) uint32 {
	return bits.RotateLeft32(hash^scramble32(block), 13)*5 + 0xe6546b64
}

func finalMix(hash uint32) uint32 {
	hash ^= hash >> 16
	hash *= 0x85ebca6b
	hash ^= hash >> 13
	hash *= 0xc2b2ae35
	return hash ^ hash>>16
}

// stackBytes: keys up to this length are joined with their salt without an allocation.
const stackBytes = 192

// murmur128Start is the first 64 bits (h1, h2) of the x86 128-bit hash with seed 0 of salt + ":" + key.
func murmur128Start(salt, key string) uint64 {
	var stack [stackBytes]byte
	text := append(append(append(stack[:0], salt...), ':'), key...)
	const c1, c2, c3, c4 = 0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93
	var h1, h2, h3, h4 uint32
	length := uint32(len(text))
	for ; len(text) >= 16; text = text[16:] {
		h1 ^= bits.RotateLeft32(binary.LittleEndian.Uint32(text)*c1, 15) * c2
		h1 = (bits.RotateLeft32(h1, 19)+h2)*5 + 0x561ccd1b
		h2 ^= bits.RotateLeft32(binary.LittleEndian.Uint32(text[4:])*c2, 16) * c3
		h2 = (bits.RotateLeft32(h2, 17)+h3)*5 + 0x0bcaa747
		h3 ^= bits.RotateLeft32(binary.LittleEndian.Uint32(text[8:])*c3, 17) * c4
		h3 = (bits.RotateLeft32(h3, 15)+h4)*5 + 0x96cd1c35
		h4 ^= bits.RotateLeft32(binary.LittleEndian.Uint32(text[12:])*c4, 18) * c1
		h4 = (bits.RotateLeft32(h4, 13)+h1)*5 + 0x32ac3b17
	}
	// A zero word mixes to zero, so the tail needs no case per length.
	var tail [16]byte
	copy(tail[:], text)
	h1 ^= bits.RotateLeft32(binary.LittleEndian.Uint32(tail[0:])*c1, 15) * c2
	h2 ^= bits.RotateLeft32(binary.LittleEndian.Uint32(tail[4:])*c2, 16) * c3
	h3 ^= bits.RotateLeft32(binary.LittleEndian.Uint32(tail[8:])*c3, 17) * c4
	h4 ^= bits.RotateLeft32(binary.LittleEndian.Uint32(tail[12:])*c4, 18) * c1
	h1, h2, h3, h4 = h1^length, h2^length, h3^length, h4^length
	h1 += h2 + h3 + h4
	h2, h3, h4 = h2+h1, h3+h1, h4+h1
	h1, h2, h3, h4 = finalMix(h1), finalMix(h2), finalMix(h3), finalMix(h4)
	h1 += h2 + h3 + h4
	return uint64(h1)<<32 | uint64(h2+h1)
}
