package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"

	"vnettune/report/rank/synthetic"
)

// outcome says whether the program's page is the one counted here, and whether it claims a difference.
type outcome struct{ same, differs bool }

// built is the program, built from the tree that this is calibrated from.
func (c *calibration) built() (string, error) {
	bin := filepath.Join(c.folder, "vnettune")
	out, err := exec.Command("go", "build", "-C", "..", "-o", bin, "./cmd/vnettune").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return bin, nil
}

// program is one cell through the program itself: the pages that `vnettune simulate | vnettune rank`
// prints have to be the pages that are counted elsewhere, byte for byte.
func (c *calibration) program() error {
	bin, err := c.built()
	if err != nil {
		return err
	}
	runs := c.runs(100)
	var same, wrong tally
	first := c.seeds(runs)
	err = each(runs, func(run int) (outcome, error) {
		p := synthetic.DefaultPlan()
		p.Seed = first + uint64(run)*seedStep
		x, err := print(p)
		if err != nil {
			return outcome{}, err
		}
		samples, err := exec.Command(bin, "simulate", "--seed", fmt.Sprint(p.Seed)).Output()
		if err != nil {
			return outcome{}, err
		}
		rank := exec.Command(bin, "rank", "-", "--baseline", synthetic.Baseline)
		rank.Stdin = bytes.NewReader(samples)
		page, err := rank.Output()
		if err != nil {
			return outcome{}, err
		}
		return outcome{string(page) == x.text, x.page.Difference()}, nil
	}, func(o outcome) {
		same.add(o.same)
		wrong.add(o.differs)
	})
	if err != nil {
		return err
	}
	row("program", "8 equal arms, 5 boots, by the program: its page is the one counted here; any difference printed", "normal", runs, "100 %; <= 6 %",
		same.atLeast(100)+"; "+wrong.String(), "-")
	return nil
}
