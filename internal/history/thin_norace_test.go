//go:build !race

package history_test

// thin is every how many cases the longest tests try.
const thin = 1
