package stored

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
	Rows []sample.Row // all of them but counters and the positive control's, in the order of the CSV
	// Counters are the rows of counters, which are judged only beside the metrics of their workload.
	Counters []sample.Row
	// Control are all rows of the positive control, which is compared with the baseline alone.
	Control []sample.Row
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
	c.take(rows)
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
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, trouble.Hint(errors.New("this is a folder, and no file of samples"), "name one file in it")
	}
	return sample.Read(f)
}

// OpenStore reads a campaign's store, and leaves it as it is. One of vnettune apply, in which nothing is measured, is
// refused.
func OpenStore(path string) (*Campaign, error) {
	c, err := OpenAnyStore(path)
	if err == nil && c.Plan().Applied != "" {
		return nil, trouble.Invalid(trouble.Hint(trouble.At(path, fmt.Errorf("this is the store of vnettune apply, by which %s is undone: nothing is measured in it", c.Plan().Applied)),
			"what is on the guest, and how to go back: vnettune status %s", trouble.ShellWord(path)))
	}
	return c, err
}

// OpenAnyStore reads a campaign's store, or that of vnettune apply, and leaves it as it is.
func OpenAnyStore(path string) (*Campaign, error) {
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
	originals, err := s.Originals()
	if err != nil {
		return nil, err
	}
	return Of(kept, originals)
}

// Of is the campaign of what a store holds; kept.Path names it in messages.
func Of(kept results.Contents, originals *record.Originals) (*Campaign, error) {
	file, err := fileOf(kept.Campaign, kept.Path)
	if err != nil {
		return nil, err
	}
	c := &Campaign{Path: kept.Path, Kept: &kept, File: &file, Originals: originals}
	rows, err := rowsOf(kept)
	if err != nil {
		return nil, err
	}
	c.take(rows)
	return c, nil
}

// take parts counters and the positive control from what is ranked.
func (c *Campaign) take(all []sample.Row) {
	rest, control := part(all, func(r sample.Row) bool { return r.Control > 0 })
	c.Control = control
	c.Rows, c.Counters = part(rest, func(r sample.Row) bool { return sample.CounterOf(r.Metric) != "" })
}

// part parts the rows that are such from the others.
func part(all []sample.Row, such func(sample.Row) bool) (others, are []sample.Row) {
	if !slices.ContainsFunc(all, such) {
		return all, nil
	}
	for _, r := range all {
		if such(r) {
			are = append(are, r)
		} else {
			others = append(others, r)
		}
	}
	return others, are
}

// rankedRows are the samples of a store without its counters and its positive control, which decide nothing while it
// runs.
func rankedRows(kept results.Contents) ([]sample.Row, error) {
	var c Campaign
	all, err := rowsOf(kept)
	c.take(all)
	return c.Rows, err
}

// All are the rows with the counters and the positive control: what the CSV has.
func (c *Campaign) All() []sample.Row { return slices.Concat(c.Rows, c.Counters, c.Control) }

// FileOf is the campaign file that a store was made for.
func FileOf(s *results.Store) (campaign.Campaign, error) {
	return fileOf(s.Campaign(), s.Path())
}

func fileOf(kept results.Campaign, path string) (campaign.Campaign, error) {
	file, err := campaign.ParseStored(fmt.Sprintf("%s (as stored in %s)", kept.File, path), kept.Text)
	return file.In(folderOf(kept.File, path)), trouble.Invalid(err)
}

// folderOf is the folder of a campaign's file, which a store names as it was given to the command that made it: relative
// to the folder that this was called in. That is the present one where the file is there, or else it mostly has the store.
func folderOf(file, store string) string {
	if _, err := os.Stat(file); err == nil || filepath.IsAbs(file) {
		return filepath.Dir(file)
	}
	return filepath.Join(filepath.Dir(store), filepath.Dir(file))
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
