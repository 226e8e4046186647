package rescue_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"vnettune/apply/qmp"
	"vnettune/apply/rescue"
	"vnettune/foreign"
)

// spent is how many MiB a call allocates.
func spent(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) >> 20
}

// grown is how many MiB the heap grows by at its largest during a call whose length is the clock's.
func grown(call func()) int64 {
	var before, after runtime.MemStats
	debug.FreeOSMemory() // what an earlier call was given would hide what this one takes
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	held := func(m runtime.MemStats) int64 { return int64(m.HeapSys) - int64(m.HeapReleased) }
	return (held(after) - held(before)) >> 20
}

// told fails the test unless there is an error, in words that can be shown.
func told(t *testing.T, err error) {
	t.Helper()
	switch {
	case err == nil:
		t.Error("no error")
	case !foreign.Printable(strings.ReplaceAll(err.Error(), "\n", "; ")) || len(err.Error()) > 2*foreign.MaxLine:
		t.Errorf("words of %d bytes: %.300q", len(err.Error()), err)
	}
}

// A virsh that says too much, or paints, costs little and is told in a line.
func TestAHostileVirsh(t *testing.T) {
	for name, script := range map[string]string{
		"output without end":   "exec head -c 100000000 /dev/zero",
		"words without end":    "head -c 100000000 /dev/zero >&2; exit 1",
		"words that paint":     `printf 'error: \033[31mno\342\200\256domain\033]0;owned\007\n\nmore\n' >&2; exit 1`,
		"a refusal that does":  `printf "error: unable to execute QEMU agent command 'x': \033[31m` + strings.Repeat("x", 5000) + `\n" >&2; exit 1`,
		"no answer of anybody": `printf '\033[31m['; exit 0`,
	} {
		t.Run(name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "virsh")
			if err := os.WriteFile(program, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			v := rescue.Libvirt{Domain: "guest", Virsh: program}
			if n := spent(func() { _, err := v.Command(t.Context(), "guest-ping", nil); told(t, err) }); n > 100 {
				t.Errorf("%d MiB were allocated", n)
			}
			if state, err := v.State(t.Context()); err == nil && !foreign.Printable(state) {
				t.Errorf("state %.200q", state)
			}
		})
	}
}

// serveSocket plays what sits behind a unix socket; every connection is given to play.
func serveSocket(t *testing.T, play func(net.Conn)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				play(c)
			}()
		}
	}()
	return path
}

// pour writes a text until nobody takes it any more.
func pour(c net.Conn, text string) {
	for again := []byte(text); ; {
		if _, err := c.Write(again); err != nil {
			return
		}
	}
}

// An agent or a monitor that does not end costs little, and ends with the context.
func TestHostileSockets(t *testing.T) {
	for name, play := range map[string]func(net.Conn){
		"a line without end": func(c net.Conn) { pour(c, strings.Repeat("x", 1<<16)) },
		"lines without end":  func(c net.Conn) { pour(c, strings.Repeat("{}\n", 1<<14)) },
		"events without end": func(c net.Conn) { pour(c, strings.Repeat(`{"QMP":{},"event":"X"}`+"\n", 1<<10)) },
		"nothing":            func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
		"brackets":           func(c net.Conn) { pour(c, strings.Repeat("[", 1<<16)) },
		"an error that paints": func(c net.Conn) {
			_, _ = io.WriteString(c, `{"QMP":{}}`+"\n")
			for lines := bufio.NewScanner(c); lines.Scan(); {
				_, _ = io.WriteString(c, `{"id":1,"error":{"class":"\u001b[31m","desc":"`+strings.Repeat(`\u202ex`, 1<<16)+`"}}`+"\n")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := serveSocket(t, play)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			agent := &rescue.SocketAgent{Path: path}
			defer agent.Close()
			if n := grown(func() { _, err := agent.Command(ctx, "guest-ping", nil); told(t, err) }); n > 150 {
				t.Errorf("the agent: %d MiB more in memory", n)
			}
			ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if n := grown(func() {
				c, err := qmp.Dial(ctx, path)
				if err == nil {
					_, err = c.Execute(ctx, "query-status", nil)
					c.Close()
				}
				told(t, err)
			}); n > 150 {
				t.Errorf("the monitor: %d MiB more in memory", n)
			}
		})
	}
}
