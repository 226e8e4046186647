package stored

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// Campaign is a campaign read back whole.
type Campaign struct {
	Path string       // of the store or the file of samples; - is standard input
	Rows []sample.Row // all of them but counters, in the order of the CSV
	// Counters are the rows of counters, which are judged only beside the metrics of their workload.
	Counters []sample.Row
	// Kept is what the store holds, and File its campaign file with every default
	// filled in; nil for a file of samples, which has only rows.
	Kept *results.Contents
	File *campaign.Campaign
	// Originals are the settings as the guest had them before the first write; nil where nobody looked.
	Originals *record.Originals
}

// Open reads a store, or a file of samples if the name ends in .csv or is -, which is standard
// input.
func Open(path string, stdin io.Reader) (*Campaign, error) {
	if path == "-" || strings.HasSuffix(path, ".csv") {
		return OpenSamples(path, stdin)
	}
	return OpenStore(path)
}

// OpenSamples reads a file of samples, or standard input for -.
func OpenSamples(path string, stdin io.Reader) (*Campaign, error) {
	rows, err := readSamples(path, stdin)
	if err != nil {
		return nil, trouble.Invalid(trouble.At(path, err))
	}
	c := &Campaign{Path: path}
	c.Rows, c.Counters = apartCounters(rows)
	return c, nil
}

func readSamples(path string, stdin io.Reader) ([]sample.Row, error) {
	if path == "-" {
		return sample.Read(stdin)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, trouble.Hint(errors.New("there is no such file"), "vnettune report STORE --format csv writes one")
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return sample.Read(f)
}

// OpenStore reads a store, and leaves it as it is.
func OpenStore(path string) (*Campaign, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, trouble.Invalid(trouble.Hint(trouble.At(path, errors.New("this is a folder, and no store")), "name one store in it"))
	}
	s, err := results.OpenReadOnly(path)
	if err != nil {
		return nil, trouble.Invalid(err)
	}
	defer s.Close()
	return Read(s)
}

// OpenToWrite opens a store to add to it what belongs to none of its boots: an exclusion,
// a noise floor, that the guest was put back.
func OpenToWrite(path string) (*results.Store, error) {
	s, err := results.Open(path)
	return s, trouble.Invalid(err)
}

// Read reads a store that is open.
func Read(s *results.Store) (*Campaign, error) {
	kept, err := s.Read()
	if err != nil {
		return nil, err
	}
	file, err := FileOf(s)
	if err != nil {
		return nil, err
	}
	c := &Campaign{Path: s.Path(), Kept: &kept, File: &file}
	if c.Originals, err = s.Originals(); err != nil {
		return nil, err
	}
	rows, err := rowsOf(kept)
	if err != nil {
		return nil, err
	}
	c.Rows, c.Counters = apartCounters(rows)
	return c, nil
}

// apartCounters parts counters from what is ranked.
func apartCounters(all []sample.Row) (rows, counters []sample.Row) {
	is := func(r sample.Row) bool { return sample.CounterOf(r.Metric) != "" }
	if !slices.ContainsFunc(all, is) {
		return all, nil
	}
	for _, r := range all {
		if is(r) {
			counters = append(counters, r)
		} else {
			rows = append(rows, r)
		}
	}
	return rows, counters
}

// rankedRows are the samples of a store without its counters, which decide nothing while it runs.
func rankedRows(kept results.Contents) ([]sample.Row, error) {
	all, err := rowsOf(kept)
	rows, _ := apartCounters(all)
	return rows, err
}

// All are the rows with the counters: what the CSV has.
func (c *Campaign) All() []sample.Row { return slices.Concat(c.Rows, c.Counters) }

// FileOf is the campaign file that a store was made for.
func FileOf(s *results.Store) (campaign.Campaign, error) {
	kept := s.Campaign()
	file, err := campaign.ParseStored(fmt.Sprintf("%s (as stored in %s)", kept.File, s.Path()), kept.Text)
	return file, trouble.Invalid(err)
}

// Plan is the plan of a store; only stores have one.
func (c *Campaign) Plan() matrix.Plan { return c.Kept.Campaign.Plan }

// IsStore says whether the campaign was read from a store.
func (c *Campaign) IsStore() bool { return c.Kept != nil }

// Begun is when the campaign was begun; zero for a file of samples, which does not say.
func (c *Campaign) Begun() time.Time {
	if c.Kept == nil {
		return time.Time{}
	}
	return c.Kept.Campaign.Created
}

// GuestKind is what was measured: windows, or a stand-in's kind; "" if the samples do not say.
func (c *Campaign) GuestKind() string {
	for _, r := range c.Rows {
		if r.GuestKind != "" {
			return r.GuestKind
		}
	}
	if c.IsStore() && len(c.Kept.Sessions) > 0 { // no boot is made yet
		return c.Guest().Kind()
	}
	return ""
}

// Guest is what the guest said of itself in the last session; the zero value without one.
func (c *Campaign) Guest() record.Guest {
	if c.Kept == nil || len(c.Kept.Sessions) == 0 {
		return record.Guest{}
	}
	return c.Kept.Sessions[len(c.Kept.Sessions)-1].Guest
}
