package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

// calibration is one run of all checks.
type calibration struct {
	seed   uint64
	scale  float64
	used   uint64 // seeds
	folder string // for the program
}

func main() {
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of all random numbers (default: a fresh one)")
	scale := flag.Float64("scale", 1, "times the number of runs")
	only := flag.String("goal", "", "run one part only: errors, order, coverage, power, two, search, gate, within, settle, covariate, counters, looks or program")
	flag.Parse()
	if err := run(*seed, *scale, *only); err != nil {
		fmt.Fprintln(os.Stderr, "calibrate:", err)
		os.Exit(1)
	}
}

func run(seed uint64, scale float64, only string) error {
	folder, err := os.MkdirTemp("", "calibrate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	c := &calibration{seed: seed, scale: scale, folder: folder}
	fmt.Printf("calibrate -seed %d -scale %g\n\n", c.seed, c.scale)
	fmt.Println("| goal | what | noise | runs | wanted | measured | benchstat |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"errors", c.errors}, {"order", c.order}, {"coverage", c.coverage}, {"power", c.power}, {"two", c.twoArms}, {"search", c.search}, {"gate", c.gate}, {"within", c.within}, {"settle", c.settle}, {"covariate", c.covariate}, {"counters", c.counters}, {"looks", c.looks}, {"program", c.program},
	} {
		if only == "" || only == part.name {
			if err := part.run(); err != nil {
				return err
			}
		}
	}
	return nil
}

// runs scales a number of runs.
func (c *calibration) runs(n int) int { return max(20, int(float64(n)*c.scale)) }

// seedStep keeps seeds apart.
const seedStep = 0x9e3779b97f4a7c15

// seeds are fresh for each run: the first of n, seedStep apart.
func (c *calibration) seeds(n int) uint64 {
	first := c.seed + c.used*seedStep
	c.used += uint64(n)
	return first
}

// row prints one line of the table.
func row(goal, what, noise string, runs int, wanted, measured, benchstat string) {
	fmt.Printf("| %s | %s | %s | %d | %s | %s | %s |\n", goal, what, noise, runs, wanted, measured, benchstat)
}
