package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"vnettune/bench"
	"vnettune/foreign"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// How a campaign shows its progress:
//   - on a terminal: one status line at the bottom of stderr, rewritten in place,
//     with a line above it for every boot that ended;
//   - otherwise: plain lines with the time of day on stderr;
//   - with --format json: one event a line on stdout.
type progress interface {
	event(bench.Event)
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
	for e := range a.events {
		a.form.event(e)
	}
	a.form.close()
	return nil
}

func (a *aside) event(e bench.Event) {
	select {
	case a.events <- e:
	default:
	}
}

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
		p := &liveProgress{out: f, stop: make(chan struct{}), width: func() int {
			w, _, err := term.GetSize(int(f.Fd()))
			if err != nil {
				return 80
			}
			return w
		}}
		p.wait.Go(func() { _ = trouble.Guard(p.tick) }) // a mistake was told by the event before it
		return p
	}
	return &plainProgress{out: stderr}
}

// jsonProgress writes events as they are.
type jsonProgress struct{ out io.Writer }

func (p *jsonProgress) event(e bench.Event) { _ = foreign.JSON(p.out, e, "") }
func (p *jsonProgress) close()              {}

// plainProgress writes a line for what a reader of a log wants to know.
type plainProgress struct{ out io.Writer }

func (p *plainProgress) event(e bench.Event) {
	if line := logLine(e); line != "" {
		fmt.Fprintf(p.out, "%s %s\n", e.Time.Format("15:04:05"), line)
	}
}
func (p *plainProgress) close() {}

// logLine is an event as a line of a log; "" for those that only matter live.
func logLine(e bench.Event) string {
	switch e.Kind {
	case bench.EventStart, bench.EventDecision, bench.EventRestore, bench.EventRestored:
		return e.Text
	case bench.EventWarning:
		return "warning: " + e.Text
	case bench.EventRescue:
		if e.Step != "" {
			return "rescue, " + e.Step + ": " + e.Text
		}
		return "rescue: " + e.Text
	case bench.EventRun:
		if e.Value == nil {
			return fmt.Sprintf("boot %d/%d %s: %s %s: %s", e.Boot, e.Boots, e.Arm, e.Step, e.Status, e.Text)
		}
	case bench.EventBoot:
		line := fmt.Sprintf("block %d/%d, boot %d/%d, %s: %s", e.Block, e.Blocks, e.Boot, e.Boots, e.Arm, e.Status)
		if e.Status != sample.StatusOK {
			line += ": " + e.Text
		}
		return line + remainingWords(e.Remaining)
	case bench.EventDone:
		if e.Text != "" {
			return e.Status + ": " + e.Text
		}
		return e.Status
	}
	return ""
}

// remainingWords is the time that remains, rounded to what an estimate can bear.
func remainingWords(seconds float64) string {
	if seconds <= 0 {
		return ""
	}
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d >= time.Hour:
		return fmt.Sprintf(", about %d h %02d left", int(d.Hours()), int(d.Minutes())%60)
	case d >= 2*time.Minute:
		return fmt.Sprintf(", about %d min left", int(d.Round(time.Minute).Minutes()))
	}
	return fmt.Sprintf(", about %d s left", int(d.Round(5*time.Second).Seconds()))
}

// liveProgress keeps a status line at the bottom of a terminal. It moves the cursor, so it
// writes behind the guard, and lets the words of every line in by itself.
type liveProgress struct {
	out   *os.File
	width func() int
	stop  chan struct{}
	wait  sync.WaitGroup

	mu    sync.Mutex
	last  bench.Event // what the status line shows
	since time.Time   // when its step began
	run   string      // the last number
}

func (p *liveProgress) event(e bench.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case bench.EventStep:
		if e.Step != p.last.Step || e.Boot != p.last.Boot {
			p.since = time.Now()
		}
		p.last = e
	case bench.EventRun:
		p.run = ""
		if e.Value != nil {
			p.run = fmt.Sprintf("%s %s %s", e.Step, shortNumber(*e.Value), e.Unit)
		}
	case bench.EventRescue:
		p.last, p.since = bench.Event{Step: "bringing the guest back"}, time.Now()
	case bench.EventRestore:
		p.last, p.since = bench.Event{Step: "restoring"}, time.Now()
	}
	if line := logLine(e); line != "" {
		fmt.Fprintf(p.out, "\r\x1b[K%s %s\n", e.Time.Format("15:04:05"), foreign.Message(line))
	}
	p.draw()
}

// shortNumber is a figure at a glance, never with an exponent.
func shortNumber(x float64) string {
	if x >= 1000 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}

// tick redraws the clock of the status line.
func (p *liveProgress) tick() error {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			p.redraw()
		case <-p.stop:
			return nil
		}
	}
}

func (p *liveProgress) redraw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.draw()
}

// draw writes the status line; the caller holds the lock.
func (p *liveProgress) draw() {
	e := p.last
	if e.Step == "" {
		return
	}
	var parts []string
	if e.Boots > 0 {
		parts = append(parts, fmt.Sprintf("block %d/%d, boot %d/%d, %s", e.Block, e.Blocks, e.Boot, e.Boots, e.Arm))
	}
	spent := time.Since(p.since).Round(time.Second)
	parts = append(parts, fmt.Sprintf("%s %02d:%02d", e.Step, int(spent.Minutes()), int(spent.Seconds())%60))
	line := strings.Join(parts, ", ") + remainingWords(e.Remaining)
	if p.run != "" {
		line += "  [" + p.run + "]"
	}
	shown := []rune(foreign.Line(line))
	if w := p.width(); w > 1 {
		shown = shown[:min(len(shown), w-1)]
	}
	fmt.Fprintf(p.out, "\r\x1b[K%s", string(shown))
}

func (p *liveProgress) close() {
	close(p.stop)
	p.wait.Wait()
	fmt.Fprint(p.out, "\r\x1b[K")
}
