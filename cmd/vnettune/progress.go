package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"vnettune/bench"
	"vnettune/foreign"
	"vnettune/trouble"
)

// How a campaign shows its progress:
//   - on a terminal: at most three lines at the bottom of stderr, rewritten in place,
//     with a line above them for every boot that ended;
//   - otherwise: plain lines with the time of day on stderr;
//   - with --format json: one event a line on stdout.
type progress interface {
	event(bench.Event)
	// interrupt says something that is no event, on a line of its own. Where the process ends
	// with it nothing is shown any more.
	interrupt(say func(), ends bool)
	close()
}

// newProgress picks the form. Whoever reads it holds nothing up, also if he stops reading.
func newProgress(format string, stdout, stderr io.Writer) progress {
	return beside(formOf(format, stdout, stderr), stderr)
}

// beside shows events in that form.
func beside(form progress, stderr io.Writer) *aside {
	a := &aside{form: form, events: make(chan bench.Event, asideRoom), done: make(chan struct{})}
	go func() {
		defer close(a.done)
		complain(stderr, trouble.Guard(a.show)) // a mistake here ends the showing alone
	}()
	return a
}

// aside shows events beside the campaign, which does not wait for it: a pager that is
// not read on, or a terminal that was stopped by Ctrl-S, would keep the guest from its
// restore. Events that find no room are not shown; they are in the store.
type aside struct {
	form   progress
	events chan bench.Event
	done   chan struct{}
}

// asideRoom is the number of events that wait to be shown, some tens of boots.
// asideLimit is how long their end is waited for.
const (
	asideRoom  = 1000
	asideLimit = 2 * time.Second
)

func (a *aside) show() error {
	defer a.form.close()
	for e := range a.events {
		a.form.event(e)
	}
	return nil
}

func (a *aside) event(e bench.Event) {
	select {
	case a.events <- e:
	default:
	}
}

func (a *aside) interrupt(say func(), ends bool) { a.form.interrupt(say, ends) }

func (a *aside) close() {
	close(a.events)
	select {
	case <-a.done:
	case <-time.After(asideLimit):
	}
}

func formOf(format string, stdout, stderr io.Writer) progress {
	if format == "json" {
		return &jsonProgress{out: stdout}
	}
	if f, ok := behind(stderr).(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		return newLiveProgress(f)
	}
	return &plainProgress{out: stderr}
}

// jsonProgress writes events as they are.
type jsonProgress struct{ out io.Writer }

func (p *jsonProgress) event(e bench.Event)          { _ = foreign.JSON(p.out, e, "") }
func (p *jsonProgress) interrupt(say func(), _ bool) { say() }
func (p *jsonProgress) close()                       {}

// plainProgress writes a line for what a reader of a log wants to know.
type plainProgress struct{ out io.Writer }

func (p *plainProgress) event(e bench.Event) {
	if line := logLine(e); line != "" {
		if e.Kind == bench.EventStart || e.Kind == bench.EventBoot {
			line = join(line, leftWords(e, 0))
		}
		fmt.Fprintf(p.out, "%s %s\n", e.Time.Format("15:04:05"), line)
	}
}
func (p *plainProgress) interrupt(say func(), _ bool) { say() }
func (p *plainProgress) close()                       {}
