package evaluation

import "unicode/utf8"

const (
	anyRun rune = -1
	anyOne rune = -2
)

// compileGlob compiles a pattern: `*` any run, `?` one code point, all else literal.
// Time is at most text length × pattern length: only the last `*` is ever tried again, so nothing multiplies.
func compileGlob(pattern string) func(text string) bool {
	parts := []rune(pattern)
	for at, part := range parts {
		switch part {
		case '*':
			parts[at] = anyRun
		case '?':
			parts[at] = anyOne
		}
	}
	return func(text string) bool { return fits(parts, text) }
}

func fits(parts []rune, text string) bool {
	at, part, runPart, runAt := 0, 0, -1, 0
	for at < len(text) {
		point, width := utf8.DecodeRuneInString(text[at:])
		switch {
		case part < len(parts) && parts[part] == anyRun:
			runPart, runAt = part, at
			part++
		case part < len(parts) && (parts[part] == anyOne || parts[part] == point):
			part++
			at += width
		case runPart >= 0:
			_, skipped := utf8.DecodeRuneInString(text[runAt:])
			runAt += skipped
			at, part = runAt, runPart+1
		default:
			return false
		}
	}
	for part < len(parts) && parts[part] == anyRun {
		part++
	}
	return part == len(parts)
}
