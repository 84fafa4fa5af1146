//go:build race

package scanner

// raceEnabled says that what the allocator reports is not only ours.
const raceEnabled = true
