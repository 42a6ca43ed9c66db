"""Writes slots.json and customer-hashes.json with mmh3, an implementation that shares nothing with ours.

Run with mmh3 installed: python generate.py
"""
import json
import mmh3

TEXTS = ["", "a", "ab", "abc", "abcd", "user-1", "Zoë", "Łódź", "çelik", "日本建設", "한국", "😀", "👩‍🔧", "a\u0000b", "\ufffd", "x" * 10_000, "0", "7", "9007199254740992", "acme", "ACME", "acme "]
SALTS = ["", "billing.invoice-export", "söl", "a:b"]

def slot(salt, unit):
    return mmh3.hash((salt + ":" + unit).encode("utf-8"), 0, signed=False) * 100000 // 2**32

def customer_hash(salt, key):
    # x86 128-bit; the digest is h1..h4 little-endian, ours prints h1 and h2 as numbers.
    digest = mmh3.hash_bytes((salt + ":" + key).encode("utf-8"), 0, x64arch=False)
    return "".join(digest[i : i + 4][::-1].hex() for i in (0, 4))

json.dump([{"salt": s, "unit": u, "slot": slot(s, u)} for s in SALTS for u in TEXTS], open("slots.json", "w"), ensure_ascii=True, indent=0)
json.dump([{"salt": s, "key": u, "hash": customer_hash(s, u)} for s in SALTS for u in TEXTS], open("customer-hashes.json", "w"), ensure_ascii=True, indent=0)
