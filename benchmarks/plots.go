package main

import (
	"bytes"
	_ "embed"
	"html/template"
	"image/color"
	"math"
	"os"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

//go:embed plots.html
var plotsText string

// writePage writes the table and its plots to an HTML file, if it has a name.
func (b *bench) writePage(path string) error {
	if path == "" {
		return nil
	}
	var plots []template.HTML
	for _, draw := range []func() (*plot.Plot, vg.Length, error){
		b.plotGoals, b.plotPoints("queries per second", "workers"), b.plotPoints("time", "pairs"), b.plotPoints("peak memory", "pairs"),
	} {
		p, height, err := draw()
		if err != nil {
			return err
		}
		if p == nil {
			continue // its scenario was not run
		}
		image, err := p.WriterTo(17*vg.Centimeter, height, "svg")
		if err != nil {
			return err
		}
		var text bytes.Buffer
		if _, err := image.WriteTo(&text); err != nil {
			return err
		}
		_, svg, _ := strings.Cut(text.String(), "<svg")
		plots = append(plots, template.HTML("<svg"+svg)) // made by the library, from numbers and names of ours
	}
	page, err := template.New("plots").Funcs(template.FuncMap{"number": number}).Parse(plotsText)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := page.Execute(&text, map[string]any{"Setting": b.setting.String(), "Figures": b.figures, "Plots": plots}); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}

var (
	missed = color.RGBA{R: 0xc0, G: 0x39, B: 0x2b, A: 0xff}
	faint  = color.RGBA{R: 0x99, G: 0x99, B: 0x99, A: 0xff}
	lines  = []color.Color{color.RGBA{R: 0x1b, G: 0x7f, B: 0x4b, A: 0xff}, color.RGBA{R: 0x1f, G: 0x5f, B: 0xbf, A: 0xff}, color.RGBA{R: 0xb5, G: 0x6a, B: 0x00, A: 0xff}}
)

// plotGoals shows every figure with a goal of at least or at most so much: its median, and from its least to its greatest.
func (b *bench) plotGoals() (*plot.Plot, vg.Length, error) {
	p := plot.New()
	p.Title.Text = "Goals: right of 1 they are met (≥: measured ÷ goal, ≤: goal ÷ measured)"
	var names []string
	for _, f := range slices.Backward(b.figures) {
		if f.Goal.sign != "≤" && f.Goal.sign != "≥" || len(f.Samples) == 0 {
			continue
		}
		share := func(sample float64) float64 {
			of := sample / f.Goal.limit
			if f.Goal.sign == "≤" {
				of = f.Goal.limit / max(sample, 1e-9)
			}
			return min(of, 4)
		}
		y := float64(len(names))
		names = append(names, f.Scenario+": "+f.Name)
		spread, err := plotter.NewLine(plotter.XYs{{X: share(f.Least()), Y: y}, {X: share(f.Greatest()), Y: y}})
		if err != nil {
			return nil, 0, err
		}
		median, err := plotter.NewScatter(plotter.XYs{{X: share(f.Median()), Y: y}})
		if err != nil {
			return nil, 0, err
		}
		spread.Color = faint
		median.GlyphStyle = draw.GlyphStyle{Color: lines[0], Radius: 3, Shape: draw.CircleGlyph{}}
		if !f.Met {
			median.Color = missed
		}
		p.Add(spread, median)
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
	p.X.Label.Text = "what is beyond 4 stands at 4"
	p.Y.Tick.Label.Font.Size = 7
	p.NominalY(names...)
	return p, vg.Length(len(names))*0.45*vg.Centimeter + 3*vg.Centimeter, nil
}

// plotPoints shows the medians of all figures that have a point in a plot, on axes of powers of ten.
func (b *bench) plotPoints(name, by string) func() (*plot.Plot, vg.Length, error) {
	return func() (*plot.Plot, vg.Length, error) {
		var order []string
		points := map[string]plotter.XYs{}
		unit := ""
		for _, f := range b.figures {
			if f.point == nil || f.point.plot != name || len(f.Samples) == 0 {
				continue
			}
			if points[f.point.line] == nil {
				order = append(order, f.point.line)
			}
			points[f.point.line] = append(points[f.point.line], plotter.XY{X: f.point.x, Y: f.Median()})
			unit = f.Unit
		}
		if len(order) == 0 {
			return nil, 0, nil
		}
		p := plot.New()
		p.Title.Text = strings.ToUpper(name[:1]) + name[1:] + " by " + by
		p.X.Label.Text, p.Y.Label.Text = by, unit
		for i, line := range order {
			drawn, marks, err := plotter.NewLinePoints(points[line])
			if err != nil {
				return nil, 0, err
			}
			drawn.Color, marks.Color, marks.Shape = lines[i%len(lines)], lines[i%len(lines)], draw.CircleGlyph{}
			p.Add(drawn, marks)
			p.Legend.Add(line, drawn, marks)
		}
		for _, axis := range []*plot.Axis{&p.X, &p.Y} {
			axis.Min = math.Pow10(int(math.Floor(math.Log10(axis.Min))))
			axis.Max = max(math.Pow10(int(math.Ceil(math.Log10(axis.Max)))), 10*axis.Min)
			axis.Scale, axis.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
		}
		p.Add(plotter.NewGrid())
		p.Legend.Top, p.Legend.Left = true, true
		return p, 9 * vg.Centimeter, nil
	}
}
