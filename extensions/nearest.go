package extensions

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// nearest is the sold extension, or the word, that text was probably meant to be; empty where nothing is near.
func (s *selection) nearest(text string) string {
	// Nothing that is sold is nearly as long, and the work grows with the length.
	if len(text) > 80 || !utf8.ValidString(text) {
		return ""
	}
	text = strings.Trim(strings.ToLower(readable(text)), ". ")
	if text == "" {
		return ""
	}
	if s.isSold[text] {
		return text
	}
	// Somebody gave a whole domain.
	for _, rest, ok := strings.Cut(text, "."); ok; _, rest, ok = strings.Cut(rest, ".") {
		if extension, ok := normalise(rest); ok && s.isSold[extension] {
			return extension
		}
	}
	given := []rune(text)
	limit := 3
	switch {
	case len(given) <= 3:
		limit = 1
	case len(given) <= 6:
		limit = 2
	}
	// Of the equally near the better known is meant: com for con, not co.
	candidates := slices.Concat(OnlySold(international, s.sold), s.featured, s.sold, []string{wordAll, wordFeatured})
	nearest := ""
	for _, candidate := range candidates {
		if d := distance(given, []rune(readable(candidate))); d <= limit {
			nearest, limit = candidate, d-1
		}
	}
	return nearest
}

// distance is how many letters have to be put in, taken out, replaced, or swapped with their neighbour to get from a to b.
func distance(a, b []rune) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before, last = last, row
		row = make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			replaced := last[j]
			if a[i] != b[j] {
				replaced++
			}
			row[j+1] = min(replaced, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
