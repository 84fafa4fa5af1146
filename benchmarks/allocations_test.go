package main

import (
	"runtime"
	"testing"
)

func startCanned(t testing.TB) string {
	listener, err := listenCanned()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return "http://" + listener.Addr().String() + "/1.0"
}

func startWhole(t testing.TB, workers int) func(n int) error {
	run, end, err := whole(t.Context(), startCanned(t), workers, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	return run
}

func startBare(t testing.TB, workers int) func(n int) error {
	run, err := bare(startCanned(t), workers)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// allocations per query, once everything is warm.
func allocations(t *testing.T, n int, run func(n int) error) float64 {
	if err := run(100); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := run(n); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n)
}

// The one figure that does not drift with the machine: the whole pipeline allocates less than a bare go-ovh loop.
func TestAllocationsPerQuery(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates too; run go test ./benchmarks")
	}
	loop := allocations(t, 2000, startBare(t, 1))
	ours := allocations(t, 2000, startWhole(t, 8))
	t.Logf("%.1f allocations per query in the whole pipeline, %.1f in a bare go-ovh loop, on an answer of %d bytes", ours, loop, len(offerBody()))
	if ours > 110 || ours > loop {
		t.Errorf("%.1f allocations per query, want at most 110 and at most the %.1f of a bare go-ovh loop", ours, loop)
	}
}

func BenchmarkPipeline(b *testing.B) { measureQueries(b, startWhole(b, 8)) }
func BenchmarkBareLoop(b *testing.B) { measureQueries(b, startBare(b, 1)) }

func measureQueries(b *testing.B, run func(n int) error) {
	if err := run(100); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	if err := run(b.N); err != nil {
		b.Fatal(err)
	}
}
