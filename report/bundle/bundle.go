package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/report"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// Suffix is how the files of bundles end.
const Suffix = ".bundle.tar.gz"

// The files of a bundle, in their order.
const (
	fileManifest = "manifest.json"
	fileHead     = "head.json"     // the campaign's name, seed and times
	fileCampaign = "campaign.yaml" // the campaign file
	filePlan     = "plan.json"     // arms, and in which order they are booted
	fileFacts    = "facts.json"    // of host and guest in each session, and the guest's originals
	fileBoots    = "boots.jsonl"   // a boot a line: steps, readings, runs and figures
	fileNotes    = "notes.json"    // exclusions, decisions, noise floors of A/A runs
	fileSamples  = "samples.csv"   // what vnettune rank reads
	fileRanking  = "ranking.json"  // what vnettune report --format json writes, with placebo, positive control and noise floor
)

// contents are the files that a ranking is made of, in their order.
var contents = []string{fileHead, fileCampaign, filePlan, fileFacts, fileBoots, fileNotes, fileSamples}

// head is what a campaign says of itself beside its file and plan.
type head struct {
	Name       string    `json:"name"`
	Generation string    `json:"generation"`
	Seed       string    `json:"seed"` // unsigned 64 bits, which few readers of JSON take
	Created    time.Time `json:"created"`
	Grown      int       `json:"grown"` // how often blocks were added
}

type facts struct {
	Sessions  []session         `json:"sessions"`
	Originals *record.Originals `json:"originals"` // null: nobody looked
}

type session struct {
	ID      int64        `json:"id"`
	Started time.Time    `json:"started"`
	Ended   time.Time    `json:"ended,omitzero"`
	Outcome string       `json:"outcome"`
	Host    record.Host  `json:"host"`
	Guest   record.Guest `json:"guest"`
}

type boot struct {
	ID          string            `json:"id"`
	Session     int64             `json:"session"`
	Block       int               `json:"block"`
	Slot        int               `json:"slot"`
	Arm         string            `json:"arm"`
	Combination []string          `json:"combination"` // id=value
	Status      string            `json:"status"`
	Reason      string            `json:"reason,omitempty"`
	Started     time.Time         `json:"started"`
	Ended       time.Time         `json:"ended"`
	Steps       []results.Step    `json:"steps"`
	Readings    []record.Reading  `json:"readings"`
	Reboot      *record.Reboot    `json:"reboot,omitempty"`
	Covariate   *record.Covariate `json:"covariate,omitempty"`
	Stint       int               `json:"stint,omitempty"`
	In          string            `json:"in,omitempty"`
	Runs        []run             `json:"runs"`
}

type run struct {
	Workload   string             `json:"workload"`
	Repetition int                `json:"repetition"`
	Attempt    int                `json:"attempt"`
	Class      string             `json:"class"`
	Reason     string             `json:"reason,omitempty"`
	Started    time.Time          `json:"started"`
	Ended      time.Time          `json:"ended"`
	Metrics    []metric           `json:"metrics"`
	Details    *record.RunDetails `json:"details,omitempty"`
}

type metric struct {
	Name   string  `json:"name"`
	Unit   string  `json:"unit"`
	Better string  `json:"better"`
	Value  float64 `json:"value"`
}

type notes struct {
	Exclusions  []exclusion             `json:"exclusions"`
	TakenBack   []exclusion             `json:"taken_back"`
	Revisions   []revision              `json:"revisions"`
	Search      []search                `json:"search"`
	Switching   []record.SwitchDecision `json:"switching"`
	Settling    []record.SettleDecision `json:"settling"`
	NoiseFloors []noiseFloor            `json:"noise_floors"`
}

type exclusion struct {
	Boot   string    `json:"boot"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	Back   string    `json:"back,omitempty"`
	BackAt time.Time `json:"back_at,omitzero"`
}

// revision says when the campaign went on with another text, or with more blocks. The last text is the bundle's.
type revision struct {
	At    time.Time `json:"at"`
	Grown bool      `json:"grown"`
}

type search struct {
	At       time.Time       `json:"at"`
	Decision record.Decision `json:"decision"`
}

type noiseFloor struct {
	At    time.Time         `json:"at"`
	Floor record.NoiseFloor `json:"floor"`
}

// parts are a campaign as a bundle has it, without samples and ranking.
type parts struct {
	Head  head
	Text  []byte // the campaign file
	Plan  matrix.Plan
	Facts facts
	Boots []boot
	Notes notes
}

// partsOf takes what a bundle has of a store's contents.
func partsOf(c results.Contents, o *record.Originals) parts {
	p := parts{
		Head: head{Name: c.Campaign.Name, Generation: c.Campaign.Generation, Seed: strconv.FormatUint(c.Campaign.Seed, 10), Created: c.Campaign.Created.UTC(), Grown: c.Campaign.Grown},
		Text: c.Campaign.Text, Plan: c.Campaign.Plan, Facts: facts{Sessions: []session{}, Originals: o},
		Notes: notes{Exclusions: exclusions(c.Exclusions), TakenBack: exclusions(c.TakenBack), Revisions: []revision{}, Search: []search{},
			Switching: append([]record.SwitchDecision{}, c.Switching...), Settling: append([]record.SettleDecision{}, c.Settling...), NoiseFloors: []noiseFloor{}},
	}
	for _, s := range c.Sessions {
		p.Facts.Sessions = append(p.Facts.Sessions, session(s))
	}
	for _, b := range c.Boots {
		out := boot{ID: b.ID, Session: b.Session, Block: b.Block, Slot: b.Order, Arm: b.Arm, Combination: []string{}, Status: b.Status, Reason: b.Reason,
			Started: b.Started, Ended: b.Ended, Steps: b.Steps, Readings: b.Readings, Reboot: b.Reboot, Covariate: b.Covariate, Stint: b.Stint, In: b.In, Runs: []run{}}
		for line := range strings.Lines(b.Combination) {
			out.Combination = append(out.Combination, strings.TrimSuffix(line, "\n"))
		}
		for _, r := range b.Runs {
			one := run{Workload: r.Workload, Repetition: r.Repetition, Attempt: r.Attempt, Class: r.Class, Reason: r.Reason, Started: r.Started, Ended: r.Ended, Metrics: []metric{}, Details: r.Details}
			for _, m := range r.Metrics {
				one.Metrics = append(one.Metrics, metric(m))
			}
			out.Runs = append(out.Runs, one)
		}
		p.Boots = append(p.Boots, out)
	}
	for _, r := range c.Revisions {
		p.Notes.Revisions = append(p.Notes.Revisions, revision{r.At, r.Grown})
	}
	for _, d := range c.Decisions {
		p.Notes.Search = append(p.Notes.Search, search{d.At, d.Decision})
	}
	for _, f := range c.NoiseFloors {
		p.Notes.NoiseFloors = append(p.Notes.NoiseFloors, noiseFloor{f.At, f.NoiseFloor})
	}
	return p
}

func exclusions(all []results.Exclusion) []exclusion {
	out := []exclusion{}
	for _, e := range all {
		out = append(out, exclusion(e))
	}
	return out
}

// contents are the parts as those of a store; path names them in messages.
func (p parts) contents(path string) (results.Contents, error) {
	c := results.Contents{Path: path, Campaign: results.Campaign{Name: p.Head.Name, File: fileCampaign, Text: p.Text, Generation: p.Head.Generation, Plan: p.Plan, Created: p.Head.Created, Grown: p.Head.Grown},
		Switching: p.Notes.Switching, Settling: p.Notes.Settling}
	var err error
	if c.Campaign.Seed, err = strconv.ParseUint(p.Head.Seed, 10, 64); err != nil {
		return c, fmt.Errorf("%s: the seed: %w", fileHead, err)
	}
	if err := c.Campaign.Check(); err != nil {
		return c, err
	}
	for _, s := range p.Facts.Sessions {
		c.Sessions = append(c.Sessions, results.Session(s))
	}
	for _, b := range p.Boots {
		out := results.Boot{ID: b.ID, Session: b.Session, Block: b.Block, Order: b.Slot, Arm: b.Arm, Status: b.Status, Reason: b.Reason,
			Started: b.Started, Ended: b.Ended, Steps: b.Steps, Readings: b.Readings, Reboot: b.Reboot, Covariate: b.Covariate, Stint: b.Stint, In: b.In}
		for _, line := range b.Combination {
			out.Combination += line + "\n"
		}
		for _, r := range b.Runs {
			one := results.Run{Workload: r.Workload, Repetition: r.Repetition, Attempt: r.Attempt, Class: r.Class, Reason: r.Reason, Started: r.Started, Ended: r.Ended, Details: r.Details}
			for _, m := range r.Metrics {
				one.Metrics = append(one.Metrics, record.Metric(m))
			}
			out.Runs = append(out.Runs, one)
		}
		c.Boots = append(c.Boots, out)
	}
	for _, e := range p.Notes.Exclusions {
		c.Exclusions = append(c.Exclusions, results.Exclusion(e))
	}
	for _, e := range p.Notes.TakenBack {
		c.TakenBack = append(c.TakenBack, results.Exclusion(e))
	}
	for _, r := range p.Notes.Revisions {
		c.Revisions = append(c.Revisions, results.Revision{At: r.At, Grown: r.Grown})
	}
	for _, d := range p.Notes.Search {
		c.Decisions = append(c.Decisions, results.Decision{At: d.At, Decision: d.Decision})
	}
	for _, f := range p.Notes.NoiseFloors {
		c.NoiseFloors = append(c.NoiseFloors, results.NoiseFloor{At: f.At, NoiseFloor: f.Floor})
	}
	return c, nil
}

// campaign is what the parts are to whoever ranks and tells.
func (p parts) campaign(path string) (*stored.Campaign, error) {
	c, err := p.contents(path)
	if err != nil {
		return nil, err
	}
	return stored.Of(c, p.Facts.Originals)
}

// encode writes the parts as files, with the samples that the ranking is made of.
func (p parts) encode(samples []sample.Row) (map[string][]byte, error) {
	files := map[string][]byte{fileCampaign: p.Text}
	for name, v := range map[string]any{fileHead: p.Head, filePlan: p.Plan, fileFacts: p.Facts, fileNotes: p.Notes} {
		var b bytes.Buffer
		if err := foreign.JSON(&b, v, " "); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files[name] = b.Bytes()
	}
	var lines, rows bytes.Buffer
	for _, b := range p.Boots {
		if err := foreign.JSON(&lines, b, ""); err != nil {
			return nil, fmt.Errorf("%s: boot %s: %w", fileBoots, b.ID, err)
		}
	}
	if err := report.CSV(&rows, samples); err != nil {
		return nil, fmt.Errorf("%s: %w", fileSamples, err)
	}
	files[fileBoots], files[fileSamples] = lines.Bytes(), rows.Bytes()
	return files, nil
}

// maxDocument is the most bytes of one JSON document of a bundle but the plan; those of a boot have some thousands.
const maxDocument = 8 << 20

// decode reads files back. Their words are shown and never obeyed, as those of a store are.
func decode(files map[string][]byte) (parts, error) {
	var p parts
	var err error
	if p.Plan, err = results.ParsePlan(string(files[filePlan])); err != nil {
		return p, inFile(filePlan, err)
	}
	p.Text = files[fileCampaign]
	for _, x := range []struct {
		name string
		into any
	}{{fileHead, &p.Head}, {fileFacts, &p.Facts}, {fileNotes, &p.Notes}} {
		if err := document(files[x.name], x.into); err != nil {
			return p, inFile(x.name, err)
		}
	}
	for number, rest := 1, files[fileBoots]; len(rest) > 0; number++ {
		line, behind, _ := bytes.Cut(rest, []byte("\n"))
		var b boot
		if err := document(line, &b); err != nil {
			return p, inFile(fmt.Sprintf("%s, line %d", fileBoots, number), err)
		}
		p.Boots, rest = append(p.Boots, b), behind
	}
	return p, nil
}

func document(text []byte, into any) error {
	if err := foreign.CheckJSON(text, maxDocument); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(foreign.Lines(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.New(foreign.Line(err.Error()))
	}
	if d.More() {
		return errors.New("there is more behind the document")
	}
	return nil
}

// inFile says in which file of a bundle something is wrong.
func inFile(name string, err error) error {
	return fmt.Errorf("%s: %w", name, err)
}

// ranked ranks a campaign as its bundle has the ranking.
func ranked(c *stored.Campaign) ([]byte, error) {
	r, err := report.Of(c, nil, stored.Asked{})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = report.JSON(&b, r)
	return b.Bytes(), err
}

// rankedPath names a campaign while its ranking is made, which is not to hang on where a bundle lies.
const rankedPath = "bundle"

// Make is the bundle of a campaign, and what its manifest says. The same store gives the same bytes by the same program.
func Make(c *stored.Campaign, program string) ([]byte, Manifest, error) {
	if !c.IsStore() {
		return nil, Manifest{}, trouble.Invalid(trouble.At(c.Path, errors.New("a file of samples is no store: nothing is known of its campaign")))
	}
	if c.Kept.Running != nil {
		return nil, Manifest{}, trouble.Invalid(trouble.Hint(trouble.At(c.Path, errors.New("its campaign is running now")), "wait until it is done, or end it"))
	}
	files, err := filesOf(c)
	if err != nil {
		return nil, Manifest{}, trouble.At(c.Path, err)
	}
	m := newManifest(files, program)
	out, err := pack(files, m)
	return out, m, err
}

// filesOf are the files of a campaign's bundle.
func filesOf(c *stored.Campaign) (map[string][]byte, error) {
	p, err := redact(partsOf(*c.Kept, c.Originals))
	if err != nil {
		return nil, err
	}
	left, err := p.campaign(rankedPath)
	if err != nil {
		return nil, err
	}
	files, err := p.encode(left.All())
	if err != nil {
		return nil, err
	}
	// What is ranked is what is read back: no rounding and no word is other than in the bundle.
	if p, err = decode(files); err != nil {
		return nil, err
	}
	if left, err = p.campaign(rankedPath); err != nil {
		return nil, err
	}
	if files[fileRanking], err = ranked(left); err != nil {
		return nil, err
	}
	return files, nil
}

// Identity is the same of a store and of all bundles that are made of it, by whatever version: two files with the same
// one are one campaign.
func Identity(c *stored.Campaign) (string, error) {
	p, err := redact(partsOf(*c.Kept, c.Originals))
	if err != nil {
		return "", trouble.At(c.Path, err)
	}
	left, err := p.campaign(c.Path)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", p.Head.Created.Format(time.RFC3339Nano), p.Head.Seed)
	err = report.CSV(&b, left.All())
	return sum(b.Bytes()), trouble.At(c.Path, err)
}

// Identity is that of the bundle's campaign.
func (r *Read) Identity() string {
	return sum(fmt.Appendf(nil, "%s %s\n%s", r.parts.Head.Created.Format(time.RFC3339Nano), r.parts.Head.Seed, r.files[fileSamples]))
}
