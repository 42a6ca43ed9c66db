"""Writes cases.json beside this file. Signatures are made by the `openssl` command (3.0 or newer) and by nothing of Sluice's, so that each
SDK is checked against somebody else's arithmetic. By hand, for one of them:

    printf 'sluice-signature-1\npatch\nproduction\n%s' "$TEXT" > message
    openssl pkeyutl -sign -rawin -inkey key.pem -in message | basenc --base64url

where key.pem holds the seed in PKCS #8: `printf '302e020100300506032b657004220420%s' "$SEED" | xxd -r -p | openssl pkey -inform DER`.
Keys, and the cases of `primitive`, are those of RFC 8032, section 7.1 (tests 1 to 3): published, so never to be used for anything else.
"""

import base64
import json
import pathlib
import subprocess
import tempfile

RFC8032 = [
    {
        "seed": "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "public": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "message": "",
        "signature": "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    },
    {
        "seed": "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "public": "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "message": "72",
        "signature": "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    },
    {
        "seed": "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "public": "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "message": "af82",
        "signature": "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    },
]
# The order of the curve's base point: RFC 8032, section 5.1.
ORDER = 2**252 + 27742317777372353535851937790883648493

SNAPSHOT = (
    '{"environment":"production","epoch":"e1","flags":{"site.diary":{"default":"on"},"café.menü":{"off":"non",'
    '"type":"string","variants":{"non":"é — 🏗️","oui":"日本"}}},"format":1,"salt":"s","seq":7}'
)
PATCH = '{"base":7,"epoch":"e1","set":{"journals":{"fan-1":1048577},"kills":{"k1":{"flags":["site.diary"]}}},"to":8}'
KILL = '{"counter":1048578,"epoch":"e1","flags":["site.diary"],"id":"k2","journal":"fan-1"}'
KILLS = '{"urgent":[' + KILL + "]}"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def public_key(key: int) -> str:
    return "slv_" + base64url(bytes.fromhex(RFC8032[key]["public"]))


def sign(key: int, message: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        der = pathlib.Path(folder, "key.der")
        der.write_bytes(bytes.fromhex("302e020100300506032b657004220420" + RFC8032[key]["seed"]))
        path = pathlib.Path(folder, "message")
        path.write_bytes(message)
        command = ["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", str(der), "-in", str(path)]
        return subprocess.run(command, check=True, capture_output=True).stdout


def signed(key: int, kind: str, environment: str, text: str) -> str:
    message = f"sluice-signature-1\n{kind}\n{environment}\n{text}".encode()
    return public_key(key)[4:12] + ":" + base64url(sign(key, message))


def delegated(root: int, key: int, kind: str, text: str, environment: str = "production") -> str:
    """A relay's signature: its own, its key, and what the server's key says of that key."""
    name = public_key(key)
    return f"{signed(key, kind, environment, text)}.{name[4:]}.{signed(root, 'delegate', environment, name)}"


def beyond_order(signature: str) -> str:
    """The same point with S + L in place of S: some readers took both, and then one text has two signatures."""
    key_id, text = signature.split(":")
    raw = base64.urlsafe_b64decode(text + "==")
    beyond = int.from_bytes(raw[32:], "little") + ORDER
    return key_id + ":" + base64url(raw[:32] + beyond.to_bytes(32, "little"))


def flipped(signature: str) -> str:
    key_id, text = signature.split(":")
    raw = bytearray(base64.urlsafe_b64decode(text + "=="))
    raw[40] ^= 1
    return key_id + ":" + base64url(bytes(raw))


def case(name: str, expect: str, text: str, signature: str | None, **other: object) -> dict[str, object]:
    made: dict[str, object] = {"name": name, "trusted": [public_key(0)], "environment": "production", "kind": "patch", **other}
    made["text"] = text
    if signature is not None:
        made["signature"] = signature
    return {**made, "expect": expect}


def cases() -> list[dict[str, object]]:
    patch = signed(0, "patch", "production", PATCH)
    both = [public_key(0), public_key(1)]
    return [
        case("a snapshot, with letters of several bytes", "accepted", SNAPSHOT, signed(0, "snapshot", "production", SNAPSHOT), kind="snapshot"),
        case("a patch", "accepted", PATCH, patch),
        case("an urgent kill", "accepted", KILL, signed(0, "kill", "production", KILL), kind="kill"),
        case("the list of urgent kills", "accepted", KILLS, signed(0, "kills", "production", KILLS), kind="kills"),
        case("another environment with its own signature", "accepted", PATCH, signed(0, "patch", "staging", PATCH), environment="staging"),
        case("the old key of two", "accepted", PATCH, patch, trusted=both),
        case("the new key of two", "accepted", PATCH, signed(1, "patch", "production", PATCH), trusted=both),
        case("the old key after it was taken out", "unknownKey", PATCH, patch, trusted=[public_key(1)]),
        case("a key that nobody trusts", "unknownKey", PATCH, signed(2, "patch", "production", PATCH), trusted=both),
        case("a stranger's signature under the name of a trusted key", "doesNotFit", PATCH, patch[:9] + signed(2, "patch", "production", PATCH)[9:]),
        case("one letter of the text is another", "doesNotFit", PATCH.replace("k1", "k2"), patch),
        case("a space more at the end", "doesNotFit", PATCH + " ", patch),
        case("a bit of the signature is another", "doesNotFit", PATCH, flipped(patch)),
        case("S beyond the order of the group", "doesNotFit", PATCH, beyond_order(patch)),
        case("a signature of all zeros", "doesNotFit", PATCH, patch[:9] + base64url(bytes(64))),
        case("signed for staging", "doesNotFit", PATCH, signed(0, "patch", "staging", PATCH)),
        case("signed for an environment that begins alike", "doesNotFit", PATCH, signed(0, "patch", "production-eu", PATCH)),
        case("the signature of a snapshot over a patch", "doesNotFit", PATCH, signed(0, "snapshot", "production", PATCH)),
        case("the signature of a kill over a patch", "doesNotFit", PATCH, signed(0, "kill", "production", PATCH)),
        case("the signature of a patch over a snapshot", "doesNotFit", SNAPSHOT, signed(0, "patch", "production", SNAPSHOT), kind="snapshot"),
        case("the signature of another patch", "doesNotFit", PATCH, signed(0, "patch", "production", PATCH.replace("8}", "9}"))),
        case("the bare text, signed without its place", "doesNotFit", PATCH, public_key(0)[4:12] + ":" + base64url(sign(0, PATCH.encode()))),
        case("no signature", "unsigned", PATCH, None),
        case("an empty signature", "unsigned", PATCH, ""),
        case("a signature without a key's name", "unsigned", PATCH, patch[9:]),
        case("a signature that is cut short", "unsigned", PATCH, patch[:-2]),
        case("a signature with more after it", "unsigned", PATCH, patch + "AA"),
        case("a signature with padding", "unsigned", PATCH, patch + "=="),
        case("a signature with bits beyond its last byte", "unsigned", PATCH, patch[:-1] + chr(ord(patch[-1]) + 1)),
        *delegated_cases(),
        case("a line end after the signature", "unsigned", PATCH, patch + "\n"),
    ]


def delegated_cases() -> list[dict[str, object]]:
    kill, kills = delegated(0, 1, "kill", KILL), delegated(0, 1, "kills", KILLS)
    own, name, root = kill.split(".")
    staging = signed(0, "delegate", "staging", public_key(1))
    return [
        case("a relay's urgent kill", "accepted", KILL, kill, kind="kill"),
        case("a relay's list of urgent kills", "accepted", KILLS, kills, kind="kills"),
        case("a relay's patch", "doesNotFit", PATCH, delegated(0, 1, "patch", PATCH)),
        case("a relay's snapshot", "doesNotFit", SNAPSHOT, delegated(0, 1, "snapshot", SNAPSHOT), kind="snapshot"),
        case("a relay's kill, as a patch", "doesNotFit", KILL, kill),
        case("a relay's kill of other flags", "doesNotFit", KILL.replace("diary", "pins"), kill, kind="kill"),
        case("a relay of staging", "doesNotFit", KILL, f"{own}.{name}.{staging}", kind="kill"),
        case("a relay's kill for staging", "doesNotFit", KILL, f"{signed(1, 'kill', 'staging', KILL)}.{name}.{root}", kind="kill"),
        case("a stranger under a relay's name", "doesNotFit", KILL, f"{own[:9]}{signed(2, 'kill', 'production', KILL)[9:]}.{name}.{root}", kind="kill"),
        case("a relay under another's name", "doesNotFit", KILL, f"{public_key(2)[4:12]}{own[8:]}.{name}.{root}", kind="kill"),
        case("a stranger with a relay's delegation", "doesNotFit", KILL, f"{signed(2, 'kill', 'production', KILL)}.{public_key(2)[4:]}.{root}", kind="kill"),
        case("a relay of a key that nobody trusts", "unknownKey", KILL, delegated(2, 1, "kill", KILL), kind="kill"),
        case("a relay that delegated to itself", "unknownKey", KILL, delegated(1, 1, "kill", KILL), kind="kill"),
        case("a relay that a relay delegated to", "unsigned", KILL, f"{delegated(1, 2, 'kill', KILL)}.{name}.{root}", kind="kill"),
        case("a kill's signature as a delegation", "doesNotFit", KILL, f"{own}.{name}.{signed(0, 'kill', 'production', public_key(1))}", kind="kill"),
        case("a relay's kill without its delegation", "unsigned", KILL, f"{own}.{name}", kind="kill"),
        case("a relay's kill with an empty delegation", "unsigned", KILL, f"{own}.{name}.", kind="kill"),
    ]


def main() -> None:
    # The message of test 1 is empty, which the command does not take; each SDK's test does.
    for key, one in list(enumerate(RFC8032))[1:]:
        assert sign(key, bytes.fromhex(one["message"])).hex() == one["signature"], "openssl does not agree with RFC 8032"
    document = {
        "how": "generate.py, with the openssl command; keys and primitive: RFC 8032, section 7.1",
        "keys": [
            {"secret": "sls_" + base64url(bytes.fromhex(one["seed"])), "publicKey": public_key(key), "id": public_key(key)[4:12]}
            for key, one in enumerate(RFC8032)
        ],
        "primitive": RFC8032,
        "cases": cases(),
    }
    path = pathlib.Path(__file__).with_name("cases.json")
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
