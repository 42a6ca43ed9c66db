package evaluation

import (
	"net/netip"
	"strconv"
	"strings"
)

// mappedBits: ::ffff:0:0/96 is where IPv6 writes IPv4 addresses (RFC 4291 §2.5.5.2).
const mappedBits = 96

// parseAddress reads IPv4 dotted decimal without leading zeros, or IPv6 text of RFC 4291 without zone.
// An IPv4-mapped IPv6 address is its IPv4 address.
func parseAddress(text string) (netip.Addr, bool) {
	address, err := netip.ParseAddr(text)
	if err != nil || address.Zone() != "" {
		return netip.Addr{}, false
	}
	return address.Unmap(), true
}

// compileBlock compiles `address/bits`; bits beyond the prefix are ignored. Families never match each other.
func compileBlock(text string) (netip.Prefix, bool) {
	written, length, found := strings.Cut(text, "/")
	address, err := netip.ParseAddr(written)
	if !found || err != nil || address.Zone() != "" || !isNumber(length) {
		return netip.Prefix{}, false
	}
	bits, err := strconv.Atoi(length)
	if err != nil || bits > address.BitLen() {
		return netip.Prefix{}, false
	}
	if address.Is4In6() && bits >= mappedBits {
		address, bits = address.Unmap(), bits-mappedBits
	}
	return netip.PrefixFrom(address, bits), true
}
