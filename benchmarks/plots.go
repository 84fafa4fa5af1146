package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"image/color"
	"math"
	"regexp"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

//go:embed plots.html
var plotsText string

// page is the table and its plots as one HTML file.
func (b *bench) page() ([]byte, error) {
	var plots []template.HTML
	for _, draw := range []func() (*plot.Plot, vg.Length, error){b.plotGoals, b.plotThroughput, b.plotGrowth("time", "s"), b.plotGrowth("peak memory", "MiB")} {
		p, height, err := draw()
		if err != nil {
			return nil, err
		}
		if p == nil {
			continue // its scenario was not run
		}
		image, err := p.WriterTo(17*vg.Centimeter, height, "svg")
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		if _, err := image.WriteTo(&text); err != nil {
			return nil, err
		}
		_, svg, _ := strings.Cut(text.String(), "<svg")
		plots = append(plots, template.HTML("<svg"+svg)) // made by the library, from numbers and names of ours
	}
	page, err := template.New("plots").Funcs(template.FuncMap{"number": number}).Parse(plotsText)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = page.Execute(&text, map[string]any{"Figures": b.figures, "Plots": plots})
	return text.Bytes(), err
}

var (
	met    = color.RGBA{R: 0x1b, G: 0x7f, B: 0x4b, A: 0xff}
	missed = color.RGBA{R: 0xc0, G: 0x39, B: 0x2b, A: 0xff}
	faint  = color.RGBA{R: 0x99, G: 0x99, B: 0x99, A: 0xff}
)

// plotGoals shows every figure that has a goal as a share of it: its median, and from its least to its greatest.
func (b *bench) plotGoals() (*plot.Plot, vg.Length, error) {
	p := plot.New()
	p.Title.Text = "Measured ÷ goal (to the right of 1 is better, whichever way the goal goes)"
	var names []string
	for i := len(b.figures) - 1; i >= 0; i-- {
		f := b.figures[i]
		goal := f.limit()
		if goal == 0 || len(f.Samples) == 0 {
			continue // no goal, or one of exactly 0, of which nothing is a share
		}
		better := func(sample float64) float64 {
			if strings.HasPrefix(f.Goal, "≤") {
				return goal / max(sample, goal/1000)
			}
			return sample / goal
		}
		y := float64(len(names))
		names = append(names, f.Scenario+": "+f.Name)
		spread := plotter.XYs{}
		for _, sample := range f.Samples {
			spread = append(spread, plotter.XY{X: min(better(sample), 4), Y: y})
		}
		line, err := plotter.NewLine(spread)
		if err != nil {
			return nil, 0, err
		}
		point, err := plotter.NewScatter(plotter.XYs{{X: min(better(f.Median()), 4), Y: y}})
		if err != nil {
			return nil, 0, err
		}
		point.GlyphStyle = draw.GlyphStyle{Color: met, Radius: 3, Shape: draw.CircleGlyph{}}
		if !f.Met {
			point.Color = missed
		}
		line.Color = faint
		p.Add(line, point)
	}
	if len(names) == 0 {
		return nil, 0, nil
	}
	one, err := plotter.NewLine(plotter.XYs{{X: 1, Y: -0.5}, {X: 1, Y: float64(len(names)) - 0.5}})
	if err != nil {
		return nil, 0, err
	}
	p.Add(one)
	p.X.Min, p.X.Max = 0, 4
	p.X.Label.Text = "share of the goal; what is beyond 4 stands at 4"
	p.Y.Tick.Label.Font.Size = 7
	p.NominalY(names...)
	return p, vg.Length(len(names))*0.45*vg.Centimeter + 3*vg.Centimeter, nil
}

// limit is the number in the goal, 0 where there is none.
func (f figure) limit() float64 {
	limit, _ := strconv.ParseFloat(regexp.MustCompile(`[0-9.]+`).FindString(f.Goal), 64)
	return limit
}

// plotThroughput shows lookups per second by workers, a line for each latency.
func (b *bench) plotThroughput() (*plot.Plot, vg.Length, error) {
	p := plot.New()
	p.Title.Text = "Lookups per second by workers"
	p.X.Label.Text, p.Y.Label.Text = "workers", "lookups per second"
	lines := map[int]plotter.XYs{}
	for _, f := range b.figures {
		var latency, workers int
		if n, _ := fmt.Sscanf(f.Name, "%d ms, %d workers: queries", &latency, &workers); n == 2 && strings.HasSuffix(f.Name, ": queries per second") {
			lines[latency] = append(lines[latency], plotter.XY{X: float64(workers), Y: f.Median()})
		}
	}
	for i, latency := range []int{0, 20, 100} {
		if len(lines[latency]) < 2 {
			continue
		}
		if err := addLine(p, fmt.Sprintf("%d ms", latency), i, lines[latency]); err != nil {
			return nil, 0, err
		}
	}
	return logarithmic(p)
}

// plotGrowth shows a quantity by pairs, a line for each way of growing.
func (b *bench) plotGrowth(of, unit string) func() (*plot.Plot, vg.Length, error) {
	return func() (*plot.Plot, vg.Length, error) {
		p := plot.New()
		p.Title.Text = strings.ToUpper(of[:1]) + of[1:] + " by pairs"
		p.X.Label.Text, p.Y.Label.Text = "pairs", unit
		for i, scenario := range []string{"growth", "growth-kept", "endurance"} {
			var line plotter.XYs
			for _, f := range b.figures {
				var pairs int
				if n, _ := fmt.Sscanf(f.Name, "%d pairs", &pairs); n == 1 && f.Scenario == scenario && strings.HasSuffix(f.Name, ": "+of) {
					line = append(line, plotter.XY{X: float64(pairs), Y: f.Median()})
				}
			}
			if len(line) < 2 {
				continue
			}
			if err := addLine(p, scenario, i, line); err != nil {
				return nil, 0, err
			}
		}
		return logarithmic(p)
	}
}

func addLine(p *plot.Plot, name string, i int, points plotter.XYs) error {
	colors := []color.Color{met, color.RGBA{R: 0x1f, G: 0x5f, B: 0xbf, A: 0xff}, color.RGBA{R: 0xb5, G: 0x6a, B: 0x00, A: 0xff}}
	line, marks, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	line.Color, marks.Color, marks.Shape = colors[i], colors[i], draw.CircleGlyph{}
	p.Add(line, marks)
	p.Legend.Add(name, line, marks)
	return nil
}

// logarithmic gives a plot with lines two such axes; it is nil where there are no lines.
func logarithmic(p *plot.Plot) (*plot.Plot, vg.Length, error) {
	if math.IsInf(p.X.Min, 0) {
		return nil, 0, nil
	}
	// From one power of ten to another, also where the values lie close together.
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Min, axis.Max = math.Pow10(int(math.Floor(math.Log10(axis.Min)))), math.Pow10(int(math.Ceil(math.Log10(axis.Max))))
		axis.Scale, axis.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	p.Add(plotter.NewGrid())
	p.Legend.Top, p.Legend.Left = true, true
	return p, 9 * vg.Centimeter, nil
}
