//go:build race

package history_test

// thin is every how many cases the longest tests try: the race detector makes SQLite ten times slower, and finds nothing more in
// the others.
const thin = 8
