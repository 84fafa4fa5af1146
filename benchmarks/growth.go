package main

import (
	"fmt"
	"math"
	"os"
	"time"

	"gonum.org/v1/gonum/stat"

	"tldsweep/internal/emulator"
)

// growth measures time and memory as the pairs grow, and fits a power of them to each.
func growth(b *bench) error {
	return b.grow([]int{500, 5_000, 50_000, 250_000}, false, "≤ 40", b.goal("1 ± 0.03"), b.goal("≤ 0.02"))
}

// growthKept is growth with the history on; 5,000,000 pairs are a scenario of their own.
func growthKept(b *bench) error {
	return b.grow([]int{500, 2_500, 10_000}, true, "≤ 48", "", "")
}

// endurance is the largest scan with the history on.
func endurance(b *bench) error {
	return b.grow([]int{500, 250_000}, true, "≤ 48", "", "")
}

// grow scans lists of so many names under 20 extensions. The small ones are asked more often, and between the others, so
// that a machine that grows slower meanwhile does so for all of them.
func (b *bench) grow(names []int, kept bool, goalOfPeak, goalOfTime, goalOfMemory string) error {
	if b.short {
		names = []int{250, 1500}
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
		arguments := []string{"-i", list, "-e", twenty, "--rate", "off", "--workers", "64", "-f", "csv"}
		if kept {
			arguments = append(arguments, "--history", b.freshFile(".db"))
		}
		used, err := b.scan(server.address, arguments...)
		fmt.Fprintf(os.Stderr, "  %d pairs: %.1f MiB in %s\n", names[i]*20, used.peak, used.wall.Round(time.Millisecond))
		seconds[i], peaks[i] = append(seconds[i], used.wall.Seconds()), append(peaks[i], used.peak)
		return err
	}
	small := max(len(names)-2, 1)
	for i := range names {
		for j := range min(i, small) {
			if err := scan(j); err != nil {
				return err
			}
		}
		if err := scan(i); err != nil {
			return err
		}
	}
	for i := range small {
		if err := scan(i); err != nil {
			return err
		}
	}
	var pairs, wall, memory []float64 // logarithms
	for i, n := range names {
		goal := ""
		if i == len(names)-1 {
			goal = goalOfPeak
		}
		b.add(fmt.Sprint(n*20, " pairs: time"), "s", "", seconds[i]...).point = &point{"time", b.current, float64(n * 20)}
		b.add(fmt.Sprint(n*20, " pairs: peak memory"), "MiB", goal, peaks[i]...).point = &point{"peak memory", b.current, float64(n * 20)}
		pairs = append(pairs, math.Log(float64(n*20)))
		wall = append(wall, math.Log(median(seconds[i])))
		memory = append(memory, math.Log(median(peaks[i])))
	}
	_, ofTime := stat.LinearRegression(pairs, wall, nil, false)
	_, ofMemory := stat.LinearRegression(pairs, memory, nil, false)
	b.add("exponent of time against pairs", "", goalOfTime, ofTime)
	b.add("exponent of peak memory against pairs", "", goalOfMemory, ofMemory)
	return nil
}
