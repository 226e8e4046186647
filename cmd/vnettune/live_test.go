package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"vnettune/bench"
)

// A campaign on a terminal: what it shows is drawn in place and gone at the end, however it
// ends; then the last line is whole, and what to do next is named by the paths that were given.
func TestACampaignOnATerminal(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name  string
		ctrlC string // is answered by Ctrl-C once it is on the screen; "" for none
		exit  int
		ends  string // what its store says of its end
		says  []string
	}{
		{"to its end", "", exitDone, "done", []string{"b001: block 1/1, boot 1/2, ", "b002: block 1/1, boot 2/2, ", "done: 2 boots in c.db\n  report: vnettune report c.db"}},
		{"Ctrl-C", "measured ", exitInterrupted, "interrupted", []string{"vnettune: interrupted: restoring the guest; once more leaves it changed\n", "the guest has its originals", "\nvnettune: stopped by interrupt\n  hint: go on: vnettune run c.yaml --store c.db"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			cmd := w.command("run", filepath.Base(w.file), "--store", filepath.Base(w.store))
			cmd.Dir = filepath.Dir(w.file)
			screen, seen, exit := onScreen(t, cmd, x.ctrlC)
			shows := screen.shows()
			if exit != x.exit {
				t.Errorf("exit code %d, want %d:\n%s", exit, x.exit, shows)
			}
			for _, want := range x.says {
				if !strings.Contains(shows+"\n", want) {
					t.Errorf("the terminal does not show %q:\n%s", want, shows)
				}
			}
			for _, gone := range []string{" %  ", "[#", "[-", "\nmeasured ", "^C"} {
				if strings.Contains(shows, gone) {
					t.Errorf("%q is still on the terminal:\n%s", gone, shows)
				}
			}
			if !screen.fresh() || len(screen.wrong) > 0 || screen.rest != "" {
				t.Errorf("the cursor is in row %d, column %d; not known: %q\n%s", screen.row, screen.col, screen.wrong, shows)
			}
			for _, want := range []string{`0 %  boot 1/2, block 1/1, about \d+ \w+ by plan`, `(baseline|autotuning-off): \S.* \d\d:\d\d`, `measured udp-to-guest\S* [\d.]+ Mbit/s`} {
				if !regexp.MustCompile(want).MatchString(seen) {
					t.Errorf("during the campaign the terminal never showed %q:\n%s", want, seen)
				}
			}
			w.restored(x.ends)
		})
	}
}

// onScreen runs a command on a terminal of 140 columns and gives what it shows at the end, and
// every screen that it had.
func onScreen(t *testing.T, cmd *exec.Cmd, ctrlC string) (screen *emulator, seen string, exit int) {
	t.Helper()
	master, slave := openTerminal(t)
	screen = &emulator{width: 140}
	setSize(t, master, screen.width, 40)
	cmd.Env = append(cmd.Env, "TERM=xterm", "NO_COLOR=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	var all strings.Builder
	for chunk := make([]byte, 4096); ; {
		n, err := master.Read(chunk)
		fmt.Fprintf(screen, "%s", chunk[:n])
		fmt.Fprintln(&all, screen.shows())
		if ctrlC != "" && strings.Contains(screen.shows(), ctrlC) {
			ctrlC = ""
			if _, err := master.Write([]byte{3}); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil { // the other end is closed
			break
		}
	}
	var ended *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return screen, all.String(), cmd.ProcessState.ExitCode()
}

// Whatever happens in a campaign, no line breaks on a narrow terminal, also when it becomes
// narrower, and a boot that failed is red where colour is wanted.
func TestEventsOnANarrowTerminal(t *testing.T) {
	master, slave := openTerminal(t)
	defer slave.Close()
	setSize(t, master, 100, 24)
	p := newLiveProgress(slave)
	p.paint = true
	failed := with(boot10(bench.EventBoot), func(e *bench.Event) {
		e.Step, e.Status, e.Text, e.Try = "b012", "reboot_failed", "the guest did not come back: "+strings.Repeat("it does not answer ", 20), 2
	})
	shown := make(chan string)
	go func() {
		var all strings.Builder
		for chunk := make([]byte, 4096); !strings.Contains(all.String(), "END\r\n"); {
			n, err := master.Read(chunk)
			if err != nil {
				break
			}
			all.Write(chunk[:n])
		}
		shown <- all.String()
	}()
	for _, events := range [][]bench.Event{screens()["04 a value and a mean"], {failed}, screens()["07 long names"]} {
		for _, e := range events {
			p.event(e)
		}
		setSize(t, master, 60, 24) // which the next event finds
	}
	p.interrupt(func() { fmt.Fprintln(slave, "vnettune: interrupted") }, false)
	p.close()
	fmt.Fprintln(slave, "END")
	bytes := <-shown
	x := emulator{width: 100}
	fmt.Fprint(&x, bytes)
	if x.wraps > 0 || len(x.wrong) > 0 || !x.fresh() || strings.Contains(x.shows(), " %  ") {
		t.Errorf("%d characters had no room; not known: %q; column %d\n%s", x.wraps, x.wrong, x.col, x.shows())
	}
	if !strings.Contains(bytes, "\x1b[31m12:00:00 b012: ") {
		t.Errorf("the boot that failed is not red: %q", bytes)
	}
	if !strings.Contains(x.shows(), "heuristics-off,\n         second try: reboot_failed: the guest") || !strings.Contains(x.shows(), "\nvnettune: interrupted\nEND") {
		t.Errorf("the terminal shows\n%s", x.shows())
	}
	for _, l := range strings.Split(x.shows(), "\n") {
		if len(l) >= 60 {
			t.Errorf("a line of %d columns on a terminal of 60: %s", len(l), l)
		}
	}
}

// What ends the process at once, as the second Ctrl-C does, is the last that the terminal
// shows, whatever happens until the process is gone.
func TestNothingIsDrawnBehindTheEnd(t *testing.T) {
	master, slave := openTerminal(t)
	defer slave.Close()
	setSize(t, master, 100, 24)
	p := newLiveProgress(slave)
	for _, e := range screens()["04 a value and a mean"] {
		p.event(e)
	}
	p.interrupt(func() { complain(slave, restoreHint(errors.New("stopped now; the guest is left changed"), "c.db")) }, true)
	p.event(stepOf(boot10(bench.EventStep), "confirm"))
	p.redraw()
	p.close()
	fmt.Fprintln(slave, "END")
	x := emulator{width: 100}
	for chunk := make([]byte, 4096); !strings.Contains(x.shows(), "END"); {
		n, err := master.Read(chunk)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&x, "%s", chunk[:n])
	}
	if want := "vnettune: stopped now; the guest is left changed\n  hint: put it back with: vnettune restore c.db\nEND"; x.shows() != want {
		t.Errorf("the terminal shows\n%s\nwant\n%s", x.shows(), want)
	}
}

// A terminal that can do nothing, and a pipe, get lines.
func TestWhereNothingIsDrawn(t *testing.T) {
	_, slave := openTerminal(t)
	defer slave.Close()
	t.Setenv("TERM", "dumb")
	if p, ok := formOf("text", slave, slave).(*plainProgress); !ok {
		t.Errorf("TERM=dumb: %T", p)
	}
	for value, want := range map[string]painter{"": true, "1": false} {
		t.Setenv("NO_COLOR", value)
		if got := wantsColour(); got != want {
			t.Errorf("NO_COLOR=%s: colour %v", value, got)
		}
	}
	var out strings.Builder
	p := formOf("text", &out, &out)
	for _, e := range screens()["01 the first boot"] {
		p.event(with(e, func(e *bench.Event) {
			if e.Kind == bench.EventStart {
				e.Text = "Windows; 35 of 35 boots to do"
			}
		}))
	}
	p.event(with(boot10(bench.EventBoot), func(e *bench.Event) { e.Step, e.Status = "b012", "ok" }))
	p.close()
	if want := "12:00:00 Windows; 35 of 35 boots to do, about 2 h 10 by plan\n12:00:00 b012: block 2/5, boot 10/35, heuristics-off: ok, about 1 h 52 left\n"; out.String() != want {
		t.Errorf("on a pipe: %q, want %q", out.String(), want)
	}
}
