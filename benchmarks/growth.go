package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"gonum.org/v1/gonum/stat"

	"tldsweep/emulator"
)

// growth measures time and memory as the pairs grow, and fits a power of them to each.
func growth(b *bench) error {
	return b.grow([]int{500, 5_000, 50_000, 250_000}, "off", "≤ 40", b.goal("1 ± 0.03"), b.goal("≤ 0.02"))
}

// growthKept is growth with the history on; 5,000,000 pairs are a scenario of their own.
func growthKept(b *bench) error {
	return b.grow([]int{500, 5_000, 50_000}, filepath.Join(b.folder, "growth.db"), "≤ 48", "", "")
}

// endurance is the largest scan with the history on.
func endurance(b *bench) error {
	return b.grow([]int{500, 250_000}, filepath.Join(b.folder, "endurance.db"), "≤ 48", "", "")
}

// grow scans lists of so many names under 20 extensions. The small ones are asked more often, and between the others, so
// that a machine that grows slower meanwhile does so for all of them.
func (b *bench) grow(names []int, history, goalOfPeak, goalOfTime, goalOfMemory string) error {
	if b.short {
		names = []int{250, 2500}
	}
	server, err := startServer(emulator.Options{})
	if err != nil {
		return err
	}
	defer server.end()
	seconds, peaks := make([][]float64, len(names)), make([][]float64, len(names))
	scan := func(i int) error {
		list, err := b.names(names[i])
		if err != nil {
			return err
		}
		used, err := b.scan(server.address, "-i", list, "-e", twenty, "--rate", "off", "--workers", "64", "-f", "csv", "--history", history)
		fmt.Fprintf(os.Stderr, "  %d pairs: %.1f MiB in %s\n", names[i]*20, used.peak, used.wall.Round(time.Millisecond))
		seconds[i], peaks[i] = append(seconds[i], used.wall.Seconds()), append(peaks[i], used.peak)
		return err
	}
	for largest := range names {
		for i := range largest + 1 {
			if err := scan(i); err != nil {
				return err
			}
		}
	}
	// The small ones once more, after the largest.
	for i := range max(len(names)-2, 1) {
		if err := scan(i); err != nil {
			return err
		}
	}
	var x, time, memory []float64
	for i, n := range names {
		pairs := fmt.Sprint(n*20, " pairs")
		goal := ""
		if i == len(names)-1 {
			goal = goalOfPeak
		}
		b.add(pairs+": time", "s", "", seconds[i]...)
		b.add(pairs+": peak memory", "MiB", goal, peaks[i]...)
		x = append(x, math.Log10(float64(n*20)))
		time = append(time, math.Log10(median(seconds[i])))
		memory = append(memory, math.Log10(median(peaks[i])))
	}
	_, ofTime := stat.LinearRegression(x, time, nil, false)
	_, ofMemory := stat.LinearRegression(x, memory, nil, false)
	b.add("exponent of time", "", goalOfTime, ofTime)
	b.add("exponent of peak memory", "", goalOfMemory, ofMemory)
	return nil
}
