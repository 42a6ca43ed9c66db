package evaluation

import "strings"

// semVer is a version after SemVer 2.0.0. Numbers stay decimal texts, since the standard does not limit them.
// Build metadata is dropped: it has no order.
type semVer struct {
	core [3]string
	// pre is empty for a release, which sorts after all its pre-releases.
	pre string
}

// versionLengthMax is the longest version text that is read; semver.org advises 255 or fewer.
const versionLengthMax = 1024

// parseSemVer reads a version exactly as SemVer 2.0.0 writes it; `v1.0.0` and `1.0` do not parse. It allocates nothing.
func parseSemVer(text string) (version semVer, ok bool) {
	if len(text) > versionLengthMax {
		return version, false
	}
	rest, build, hasBuild := strings.Cut(text, "+")
	if hasBuild && !areIdentifiers(build, true) {
		return version, false
	}
	core, pre, hasPre := strings.Cut(rest, "-")
	if hasPre && !areIdentifiers(pre, false) {
		return version, false
	}
	version.pre = pre
	for at := range version.core {
		number, after, found := strings.Cut(core, ".")
		if found == (at == 2) || !isNumber(number) {
			return version, false
		}
		version.core[at], core = number, after
	}
	return version, true
}

// isNumber: decimal digits without a leading zero.
func isNumber(text string) bool {
	return isDigits(text) && (text[0] != '0' || len(text) == 1)
}

func isDigits(text string) bool {
	for at := range len(text) {
		if text[at] < '0' || text[at] > '9' {
			return false
		}
	}
	return text != ""
}

// areIdentifiers: dot-separated, none empty, of letters, digits and hyphens; numeric ones without leading zeros unless they are build metadata.
func areIdentifiers(text string, isBuild bool) bool {
	for found := true; found; {
		var one string
		one, text, found = strings.Cut(text, ".")
		if one == "" || (!isBuild && isDigits(one) && !isNumber(one)) {
			return false
		}
		for at := range len(one) {
			if !isIdentifierByte(one[at]) {
				return false
			}
		}
	}
	return true
}

func isIdentifierByte(c byte) bool {
	return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
}

// compareSemVer gives the order of SemVer §11: negative, zero or positive.
func compareSemVer(a, b *semVer) int {
	for at := range a.core {
		if order := compareNumbers(a.core[at], b.core[at]); order != 0 {
			return order
		}
	}
	if a.pre == "" || b.pre == "" {
		return sign(len(b.pre)) - sign(len(a.pre))
	}
	restA, restB, moreA, moreB := a.pre, b.pre, true, true
	for moreA && moreB {
		var oneA, oneB string
		oneA, restA, moreA = strings.Cut(restA, ".")
		oneB, restB, moreB = strings.Cut(restB, ".")
		if order := compareIdentifiers(oneA, oneB); order != 0 {
			return order
		}
	}
	switch {
	case moreA:
		return 1
	case moreB:
		return -1
	default:
		return 0
	}
}

func sign(number int) int {
	return min(number, 1)
}

func compareNumbers(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func compareIdentifiers(a, b string) int {
	aIsNumber, bIsNumber := isDigits(a), isDigits(b)
	switch {
	case aIsNumber && bIsNumber:
		return compareNumbers(a, b)
	case aIsNumber:
		return -1
	case bIsNumber:
		return 1
	default:
		return strings.Compare(a, b)
	}
}

// bound decides whether a version lies within one comparator.
type bound func(version *semVer) bool

// compileSemVerRange compiles comparators `= < <= > >= ^ ~` separated by spaces (all must hold), ranges separated by `||` (one must hold);
// a bare version is `=`. `^` and `~` bound from above without a pre-release part. False where the range does not parse.
func compileSemVerRange(text string) (func(candidate string) bool, bool) {
	var ranges [][]bound
	for _, part := range strings.Split(text, "||") {
		var bounds []bound
		for _, comparator := range strings.Split(part, " ") {
			if comparator == "" {
				continue
			}
			one, ok := compileComparator(comparator)
			if !ok {
				return nil, false
			}
			bounds = append(bounds, one)
		}
		if len(bounds) == 0 {
			return nil, false
		}
		ranges = append(ranges, bounds)
	}
	return func(candidate string) bool {
		version, ok := parseSemVer(candidate)
		return ok && isInAny(ranges, &version)
	}, true
}

func isInAny(ranges [][]bound, version *semVer) bool {
	for _, bounds := range ranges {
		isIn := true
		for _, bound := range bounds {
			isIn = isIn && bound(version)
		}
		if isIn {
			return true
		}
	}
	return false
}

func compileComparator(text string) (bound, bool) {
	sign, rest := "=", text
	for _, candidate := range []string{"<=", ">=", "<", ">", "=", "^", "~"} {
		if after, found := strings.CutPrefix(text, candidate); found {
			sign, rest = candidate, after
			break
		}
	}
	base, ok := parseSemVer(rest)
	if !ok {
		return nil, false
	}
	switch sign {
	case "<":
		return func(version *semVer) bool { return compareSemVer(version, &base) < 0 }, true
	case "<=":
		return func(version *semVer) bool { return compareSemVer(version, &base) <= 0 }, true
	case ">":
		return func(version *semVer) bool { return compareSemVer(version, &base) > 0 }, true
	case ">=":
		return func(version *semVer) bool { return compareSemVer(version, &base) >= 0 }, true
	case "^":
		return between(base, caretLimit(base.core)), true
	case "~":
		return between(base, [3]string{base.core[0], next(base.core[1]), "0"}), true
	default:
		return func(version *semVer) bool { return compareSemVer(version, &base) == 0 }, true
	}
}

func between(low semVer, limit [3]string) bound {
	high := semVer{core: limit}
	return func(version *semVer) bool {
		return compareSemVer(version, &low) >= 0 && compareSemVer(version, &high) < 0
	}
}

// caretLimit: the first of the three numbers that is not zero is the one that may not change.
func caretLimit(core [3]string) [3]string {
	if core[0] != "0" {
		return [3]string{next(core[0]), "0", "0"}
	}
	if core[1] != "0" {
		return [3]string{"0", next(core[1]), "0"}
	}
	return [3]string{"0", "0", next(core[2])}
}

// next adds one to a decimal text of any length.
func next(number string) string {
	sum := []byte(number)
	for at := len(sum) - 1; at >= 0; at-- {
		if sum[at] < '9' {
			sum[at]++
			return string(sum)
		}
		sum[at] = '0'
	}
	return "1" + string(sum)
}
