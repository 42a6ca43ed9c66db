package evaluation

import (
	"cmp"
	"slices"
)

const (
	// editsMax: names further away are other names, not slips.
	editsMax = 2
	// namesMax: more suggestions help nobody.
	namesMax = 5
)

// NearestNames gives candidates within two edits (insert, delete, replace, swap of neighbours) of a name, nearest first, then in byte order;
// at most five.
func NearestNames(name string, candidates []string) []string {
	type near struct {
		candidate string
		edits     int
	}
	var found []near
	for _, candidate := range candidates {
		if candidate == name || abs(len(candidate)-len(name)) > editsMax*4 {
			continue
		}
		if edits := countEdits([]rune(name), []rune(candidate)); edits <= editsMax {
			found = append(found, near{candidate, edits})
		}
	}
	slices.SortFunc(found, func(a, b near) int { return cmp.Or(a.edits-b.edits, cmp.Compare(a.candidate, b.candidate)) })
	names := []string{}
	for _, one := range found[:min(len(found), namesMax)] {
		names = append(names, one.candidate)
	}
	return names
}

func abs(number int) int { return max(number, -number) }

// countEdits is the optimal string alignment distance within a band around the diagonal; more counts as editsMax + 1.
func countEdits(a, b []rune) int {
	const far = editsMax + 1
	if abs(len(a)-len(b)) > editsMax {
		return far
	}
	var above []int
	last := make([]int, len(b)+1)
	for at := range last {
		last[at] = min(at, far)
	}
	for i := 1; i <= len(a); i++ {
		row := slices.Repeat([]int{far}, len(b)+1)
		if i <= editsMax {
			row[0] = i
		}
		for j := max(1, i-editsMax); j <= min(len(b), i+editsMax); j++ {
			replaced := last[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(replaced, last[j]+1, row[j-1]+1, far)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], above[j-2]+1)
			}
		}
		above, last = last, row
	}
	return last[len(b)]
}
