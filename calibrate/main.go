package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

// calibration is one run of all checks.
type calibration struct {
	seed  uint64
	scale float64
	lines int
}

func main() {
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of all random numbers (default: a fresh one)")
	scale := flag.Float64("scale", 1, "times the number of runs")
	only := flag.String("goal", "", "run one goal only: G1 to G6")
	flag.Parse()
	c := &calibration{seed: *seed, scale: *scale}
	fmt.Printf("calibrate -seed %d -scale %g\n\n", c.seed, c.scale)
	fmt.Println("| goal | what | noise | runs | wanted | measured | benchstat |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for i, goal := range []func() error{c.twoArms, c.campaigns, c.coverage, c.power, c.search, c.gate} {
		if *only != "" && *only != fmt.Sprintf("G%d", i+1) {
			continue
		}
		if err := goal(); err != nil {
			fmt.Fprintln(os.Stderr, "calibrate:", err)
			os.Exit(1)
		}
	}
}

// runs scales a number of runs.
func (c *calibration) runs(n int) int { return max(20, int(float64(n)*c.scale)) }

// next is a fresh seed for each run.
func (c *calibration) next() uint64 {
	c.lines++
	return c.seed + uint64(c.lines)*0x9e3779b97f4a7c15
}

// row prints one line of the table.
func row(goal, what, noise string, runs int, wanted, measured, benchstat string) {
	fmt.Printf("| %s | %s | %s | %d | %s | %s | %s |\n", goal, what, noise, runs, wanted, measured, benchstat)
}

// percent writes a share.
func percent(count, of int) string { return fmt.Sprintf("%.1f %%", 100*float64(count)/float64(of)) }
