package apply_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/lab/windows/machine"
	"vnettune/matrix"
	"vnettune/results/record"
)

// oneBoot is the plan that puts a profile on a guest, every line that is left to the reader with its example.
func oneBoot(t *testing.T, p matrix.Profile, g matrix.Generation) matrix.Plan {
	t.Helper()
	choices := map[string]matrix.Value{}
	for _, l := range p.Lines {
		if s, ok := matrix.Catalogue().Lookup(l.Setting); ok && l.Choice != "" && s.CanSet(matrix.On(g)) == nil {
			choices[l.Setting] = l.Example
		}
	}
	plan, err := matrix.NewPlan(g, matrix.Design{Kind: matrix.List, Arms: []matrix.ArmSpec{{Use: p.ID}}, Choices: choices}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// everything is what a guest has of every setting that its generation can be given.
func everything(t *testing.T, g *apply.Guest, f record.Guest) []byte {
	t.Helper()
	w, err := apply.WindowsOf(f)
	if err != nil {
		t.Fatal(err)
	}
	var settings []matrix.Planned
	for _, s := range matrix.Catalogue().All() {
		if s.CanSet(w) == nil {
			settings = append(settings, matrix.Planned{Setting: s, Form: s.Forms[w.Generation]})
		}
	}
	lacking, err := g.Lacking(t.Context(), f, settings)
	if err != nil {
		t.Fatal(err)
	}
	lacks := map[string]bool{}
	for _, l := range lacking {
		lacks[l.ID] = true
	}
	var has []matrix.Planned
	for _, s := range settings {
		if !lacks[s.Setting.ID] {
			has = append(has, s)
		}
	}
	if len(has) == 0 {
		t.Fatal("the guest has no setting at all")
	}
	o, err := g.Originals(t.Context(), f, has)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Every profile on every generation: applied, verified, left with its mark, and put back: the guest has what it had, byte
// for byte, in every setting that there is.
func TestEveryProfileIsUndone(t *testing.T) {
	tried := 0
	for _, gen := range matrix.Driven() {
		for _, p := range matrix.Profiles() {
			if _, err := matrix.Catalogue().Resolve(p, gen, nil); err != nil {
				continue // it is not published for this one
			}
			plan := oneBoot(t, p, gen)
			if len(plan.Settings) == 0 {
				continue // no line of it can be set there
			}
			tried++
			t.Run(string(gen)+" "+p.ID, func(t *testing.T) {
				s := newStandInOf(t, machine.Config{Generation: string(gen), Language: "en"})
				g := s.guest()
				f, _, err := g.Facts(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if f, err = g.Declare(t.Context(), f); err != nil {
					t.Fatal(err)
				}
				before := everything(t, g, f)
				has := plan.Settings
				lacking, err := g.Lacking(t.Context(), f, has)
				if err != nil {
					t.Fatal(err)
				}
				for _, l := range lacking { // 2012 has the templates of connections, and keeps them as they are
					if gen != matrix.NT62 || l.ID != "template.congestionprovider" {
						t.Errorf("the guest lacks %s: %v", l.ID, l.Err)
					}
					has = slices.DeleteFunc(slices.Clone(has), func(p matrix.Planned) bool { return p.Setting.ID == l.ID })
				}
				o, err := g.Originals(t.Context(), f, has)
				if err != nil {
					t.Fatal(err)
				}
				mine := apply.Owner{ID: apply.NewOwnerID(), Host: "host", Since: f.Now.Time().Truncate(time.Second), Seen: f.Now.Time().Truncate(time.Second)}
				if err := g.Claim(t.Context(), mine); err != nil {
					t.Fatal(err)
				}
				targets, err := apply.Targets(o, plan.Arms[1].Combination)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := g.Write(t.Context(), targets); err != nil {
					t.Fatal(err)
				}
				if _, err := g.Reboot(t.Context(), rebootLimits); err != nil {
					t.Fatal(err)
				}
				readings, _, err := g.ReadBack(t.Context(), targets)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range readings {
					if !r.AsAsked {
						t.Errorf("not as asked: %s", r)
					}
				}
				if err := g.Stay(t.Context(), mine, p.ID); err != nil {
					t.Fatal(err)
				}
				if a, err := g.Applied(t.Context()); err != nil || a == nil || a.ID != mine.ID || a.What != p.ID {
					t.Errorf("applied: %v, %v; want %s of %s", a, err, p.ID, mine.ID)
				}
				if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
					t.Fatal(err)
				}
				if err := g.Release(t.Context(), mine.ID); err != nil {
					t.Fatal(err)
				}
				if after := everything(t, g, f); string(after) != string(before) {
					t.Errorf("before\n%s\nafter\n%s", before, after)
				}
				if a, err := g.Applied(t.Context()); err != nil || a != nil {
					t.Errorf("after the restore is applied: %v, %v", a, err)
				}
			})
		}
	}
	if tried < len(matrix.Driven()) {
		t.Errorf("%d profiles were tried on %d generations", tried, len(matrix.Driven()))
	}
}

// A campaign whose baseline is what is applied marks the guest in its place, and gives the mark back when it is done.
func TestAMarkOverWhatIsApplied(t *testing.T) {
	for dialect, g := range marked(t) {
		t.Run(dialect, func(t *testing.T) {
			applied, over, other := owner("host-a", 1_700_000_000), owner("host-b", 1_700_000_500), owner("host-c", 1_700_000_600)
			if err := g.Stay(t.Context(), applied, "x"); err == nil {
				t.Error("what nobody marked stays")
			}
			if err := g.Claim(t.Context(), applied); err != nil {
				t.Fatal(err)
			}
			if err := g.Stay(t.Context(), applied, "a=b,c"); err != nil {
				t.Fatal(err)
			}
			want := record.Applied{ID: applied.ID, What: "a-b-c", Host: "host-a", Since: applied.Seen}
			if a, err := g.Applied(t.Context()); err != nil || a == nil || *a != want {
				t.Fatalf("applied %v, %v, want %v", a, err, want)
			}
			if err := g.Claim(t.Context(), other); !isOwned(err) {
				t.Fatalf("one that nobody told of it claims: %v", err)
			}
			over.Over = applied.ID
			if err := g.Renew(t.Context(), over); !isUnmarked(err) {
				t.Errorf("renewed before it was claimed: %v, want an UnmarkedError", err)
			}
			if err := g.Claim(t.Context(), over); err != nil {
				t.Fatal(err)
			}
			if err := g.Renew(t.Context(), over); err != nil {
				t.Fatal(err)
			}
			if err := g.Release(t.Context(), applied.ID); !isOwned(err) {
				t.Errorf("what is applied is released while a campaign works on it: %v", err)
			}
			if err := g.Release(t.Context(), over.ID); err != nil {
				t.Fatal(err)
			}
			if o, err := g.Owner(t.Context()); err != nil || o == nil || o.ID != applied.ID || o.Host != "host-a" {
				t.Errorf("after the campaign the mark is %+v, %v, want that of what is applied", o, err)
			}
			if err := g.Release(t.Context(), applied.ID); err != nil {
				t.Fatal(err)
			}
			o, err := g.Owner(t.Context())
			a, unread := g.Applied(t.Context())
			if o != nil || a != nil || err != nil || unread != nil {
				t.Errorf("after the restore: %+v, %v, %v, %v", o, a, err, unread)
			}
		})
	}
}

func isOwned(err error) bool {
	var owned *apply.OwnedError
	return errors.As(err, &owned)
}

func isUnmarked(err error) bool {
	var unmarked *apply.UnmarkedError
	return errors.As(err, &unmarked)
}
