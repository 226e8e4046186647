package main

import (
	"fmt"
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

// liveProgress keeps a screen at the bottom of a terminal, below a line for each boot that
// ended. It moves the cursor, so it writes behind the guard, and lets the words of every line
// in by itself.
//
// Between two writes the cursor stands at the beginning of the screen's first line: whatever
// width the terminal has got since, all that is to be erased is behind it, and a terminal's
// echo of Ctrl-C breaks no line.
type liveProgress struct {
	out   *os.File
	size  func() (width, height int)
	paint painter
	stop  chan struct{}
	wait  sync.WaitGroup

	mu     sync.Mutex
	screen screen
	ended  bool
}

// erase takes the screen away.
const erase = "\r\x1b[J"

// newLiveProgress begins to show progress on a terminal.
func newLiveProgress(terminal *os.File) *liveProgress {
	p := &liveProgress{out: terminal, stop: make(chan struct{}), paint: wantsColour(), size: func() (int, int) {
		w, h, err := term.GetSize(int(terminal.Fd()))
		if err != nil || w == 0 || h == 0 {
			return 80, 24
		}
		return w, h
	}}
	p.wait.Go(func() { _ = trouble.Guard(p.tick) }) // a mistake was told by the event before it
	return p
}

func (p *liveProgress) event(e bench.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return
	}
	p.screen.hear(e)
	p.draw(p.above(e))
}

// above are the lines that an event leaves above the screen.
func (p *liveProgress) above(e bench.Event) string {
	line := logLine(e)
	if line == "" {
		return ""
	}
	if e.Kind == bench.EventStart {
		line = join(line, leftWords(e, 0))
	}
	const timed = "15:04:05 "
	var out strings.Builder
	width, _ := p.size()
	for i, text := range strings.Split(strings.ReplaceAll(foreign.Message(line), "\t", " "), "\n") {
		begins := e.Time.Format(timed)
		if i > 0 {
			begins = strings.Repeat(" ", len(timed))
		}
		for _, l := range wrapped(begins+text, width-1, len(timed)) {
			if e.Kind == bench.EventBoot && e.Status != sample.StatusOK {
				l = p.paint.red(l)
			}
			out.WriteString(l + "\n")
		}
	}
	return out.String()
}

// tick redraws the clock of the screen, and all of it where the terminal's size is another.
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
	if !p.ended {
		p.draw("")
	}
}

// draw writes what goes above the screen, and the screen anew; the caller holds the lock.
func (p *liveProgress) draw(above string) {
	width, height := p.size()
	lines := p.screen.lines(width-1, time.Now(), p.paint)
	lines = lines[:min(len(lines), max(1, height-1))]
	out := erase + above + strings.Join(lines, "\n") + "\r"
	if len(lines) > 1 {
		out += fmt.Sprintf("\x1b[%dA", len(lines)-1)
	}
	fmt.Fprint(p.out, out)
}

func (p *liveProgress) interrupt(say func(), ends bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		fmt.Fprint(p.out, erase)
	}
	say()
	p.ended = p.ended || ends
	if !p.ended {
		p.draw("")
	}
}

func (p *liveProgress) close() {
	close(p.stop)
	p.wait.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		fmt.Fprint(p.out, erase)
	}
	p.ended = true
}
