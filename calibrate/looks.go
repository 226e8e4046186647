package main

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"vnettune/report/rank/synthetic"
)

// plannedLooks are how often a growing campaign is asked, each time with as many blocks more.
const plannedLooks, blocksALook = 3, 4

// grown is what one growing campaign was told, by who shares alpha among the looks and by who does not.
type grown struct{ shared, whole string }

// looks are campaigns that grow until the gate decides, through the program itself: 4, 8 and 12 blocks, the first ones
// always the same. What is counted is wrong at any of the looks.
func (c *calibration) looks() error {
	bin, err := c.built()
	if err != nil {
		return err
	}
	for _, n := range noises()[:3] {
		for _, k := range []struct {
			what, effect, wrong string
		}{
			{"no difference: FAIL at a look", "0", "FAIL"},
			{"a loss of the margin: PASS at a look", "-2", "PASS"},
		} {
			runs := c.runs(1000)
			first := c.seeds(runs)
			p := synthetic.DefaultPlan()
			n.apply(&p)
			var shared, whole tally
			err := each(runs, func(run int) (grown, error) {
				rows, err := exec.Command(bin, "simulate", "--combinations", "2", "--blocks", strconv.Itoa(plannedLooks*blocksALook), "--noise", string(p.Shape),
					"--effect", "c01="+k.effect, "--seed", fmt.Sprint(first+uint64(run)*seedStep)).Output()
				if err != nil {
					return grown{}, err
				}
				var told grown
				told.shared, err = decided(bin, rows, true)
				if err == nil {
					told.whole, err = decided(bin, rows, false)
				}
				return told, err
			}, func(g grown) {
				shared.add(g.shared == k.wrong)
				whole.add(g.whole == k.wrong)
			})
			if err != nil {
				return err
			}
			row("looks", fmt.Sprintf("gate through the program, %d looks, %d blocks more at each, %s; the same with the whole alpha at each", plannedLooks, blocksALook, k.what), n.name, runs,
				"<= 5 %; -", shared.atMost(5)+"; "+whole.String(), "-")
		}
	}
	return nil
}

// decided is the first verdict that the gate gives while a campaign grows; "" where it gives none.
func decided(bin string, rows []byte, share bool) (string, error) {
	for look := 1; look <= plannedLooks; look++ {
		args := []string{"gate", "-", "--baseline", synthetic.Baseline, "--candidate", "c01"}
		if share {
			args = append(args, "--looks", strconv.Itoa(plannedLooks), "--look", strconv.Itoa(look))
		}
		gate := exec.Command(bin, args...)
		gate.Stdin = bytes.NewReader(upTo(rows, look*blocksALook))
		err := gate.Run()
		exit := (*exec.ExitError)(nil)
		switch {
		case err == nil:
			return "PASS", nil
		case !errors.As(err, &exit):
			return "", err
		case exit.ExitCode() == 4:
			return "FAIL", nil
		case exit.ExitCode() != 5:
			return "", fmt.Errorf("gate: exit code %d", exit.ExitCode())
		}
	}
	return "", nil
}

// upTo are the rows of the first so many blocks, behind the header.
func upTo(rows []byte, blocks int) []byte {
	var out bytes.Buffer
	for line := range strings.Lines(string(rows)) {
		fields := strings.Split(line, ",")
		if block, err := strconv.Atoi(fields[1]); err != nil || block <= blocks {
			out.WriteString(line)
		}
	}
	return out.Bytes()
}
