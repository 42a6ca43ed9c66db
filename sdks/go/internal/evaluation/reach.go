package evaluation

// reach is what one thing refers to, directly and through others: everything within the depth (the start itself only if that is in a cycle),
// and whether some chain goes below the depth; a cycle has no end and always does.
type reach struct {
	ids       map[string]struct{}
	isTooDeep bool
}

// reachOf follows references level by level. Cost is at most depthMax × the references among the things reached, whatever their shape,
// and there is no recursion, so a hostile graph can neither explode nor overflow.
func reachOf(start string, next func(id string) []string, depthMax int) reach {
	ids := map[string]struct{}{}
	level := map[string]struct{}{start: {}}
	for depth := 1; len(level) > 0; depth++ {
		below := map[string]struct{}{}
		for id := range level {
			for _, other := range next(id) {
				below[other] = struct{}{}
			}
		}
		if depth > depthMax {
			return reach{ids, len(below) > 0}
		}
		for id := range below {
			ids[id] = struct{}{}
		}
		level = below
	}
	return reach{ids, false}
}
