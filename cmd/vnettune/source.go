package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"vnettune/matrix/campaign"
	"vnettune/report/rank"
	"vnettune/results/sample"
)

// source is where samples come from: a store, or a CSV file of samples.
type source struct {
	name     string
	rows     []sample.Row
	baseline string // "" where the file does not say
	// margin in percent and alpha as the campaign has them; the defaults for a file.
	margin, alpha float64
	begun         time.Time // zero for a file
}

// openSource reads the samples of a store, or of a file whose name ends in .csv; -
// is standard input.
func openSource(path string, stdin io.Reader) (source, error) {
	o := rank.DefaultOptions()
	s := source{name: path, margin: o.Margin, alpha: o.Alpha}
	if path == "-" || strings.HasSuffix(path, ".csv") {
		var err error
		if s.rows, err = readSamples(path, stdin); err != nil {
			return source{}, usageError(fmt.Errorf("%s: %w", path, err))
		}
		return s, nil
	}
	store, err := openStore(path)
	if err != nil {
		return source{}, err
	}
	defer store.Close()
	kept := store.Campaign()
	c, err := campaign.Parse(kept.File+" (as stored)", kept.Text)
	if err != nil {
		return source{}, usageError(fmt.Errorf("%s: %w", path, err))
	}
	if s.rows, err = store.Samples(); err != nil {
		return source{}, fmt.Errorf("%s: %w", path, err)
	}
	plan := store.Plan()
	s.baseline, s.margin, s.alpha, s.begun = plan.Baseline().Name, c.Margin, c.Alpha, kept.Created
	return s, nil
}

// guestKind is what the samples say was measured.
func (s source) guestKind() string {
	for _, r := range s.rows {
		if r.GuestKind != "" {
			return r.GuestKind
		}
	}
	return ""
}

// arm is the named arm, or the baseline of the campaign.
func (s source) arm(flag, named string) (string, error) {
	switch {
	case named != "":
		return named, nil
	case s.baseline != "":
		return s.baseline, nil
	}
	return "", usageError(fmt.Errorf("%s is a file of samples and names no baseline: say %s ARM", s.name, flag))
}
