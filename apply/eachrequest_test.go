package apply_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/apply/winrm"
	"vnettune/lab/windows/machine"
	"vnettune/lab/wsman"
	"vnettune/matrix"
	"vnettune/results/record"
)

// place is a guest's address, at which another machine answers from a certain request on.
type place struct {
	*httptest.Server
	requests, from atomic.Int64
}

// played is a stand-in in memory behind WinRM.
type played struct{ *standIn }

func (p played) GoingDown() bool {
	p.serving.Lock()
	defer p.serving.Unlock()
	return p.machine.GoingDown()
}

func (p played) OS() machine.OSInfo {
	p.serving.Lock()
	defer p.serving.Unlock()
	return p.machine.OS()
}

func (p played) Run(ctx context.Context, c machine.Command) int {
	p.serving.Lock()
	defer p.serving.Unlock()
	c.Stdin = waiting{c.Stdin, &p.serving}
	return p.machine.Run(ctx, c)
}

// waiting is the input of a command that lets others work while it waits for it: it may never come.
type waiting struct {
	io.Reader
	serving *sync.Mutex
}

func (w waiting) Read(b []byte) (int, error) {
	w.serving.Unlock()
	defer w.serving.Lock()
	return w.Reader.Read(b)
}

func newPlace(t *testing.T, ours, theirs *standIn) *place {
	p := &place{}
	service := func(s *standIn) *wsman.Server {
		return wsman.NewServer(wsman.Config{User: "Administrator", Password: "pw"}, played{s})
	}
	first, second := service(ours), service(theirs)
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n, from := p.requests.Add(1), p.from.Load(); from > 0 && n >= from {
			second.ServeHTTP(w, r)
			return
		}
		first.ServeHTTP(w, r)
	}))
	p.Config.ConnContext = first.ConnContext
	p.Start()
	t.Cleanup(p.Close)
	return p
}

// state is everything that a machine holds, what does not survive a boot included.
func (s *standIn) state() string {
	s.serving.Lock()
	defer s.serving.Unlock()
	var own bytes.Buffer
	s.machine.Run(context.Background(), machine.Command{Line: `reg query HKLM\SOFTWARE\vnettune /s`, Stdin: strings.NewReader(""), Stdout: &own, Stderr: &own, CodePage: 65001, Shell: true})
	return string(s.disk.data) + own.String() + s.restart.String()
}

// From whichever request on another machine answers in the guest's place: nothing is
// written to it, and it is not rebooted, in either dialect.
func TestAnotherMachineAtEachRequest(t *testing.T) {
	play := func(gen matrix.Generation, from, last int64) (requests int64) {
		ours, theirs := newStandIn(t), newStandIn(t)
		for _, s := range []*standIn{ours, theirs} {
			s.config.Generation, s.disk = string(gen), memoryDisk{}
			s.start()
		}
		p := newPlace(t, ours, theirs)
		client, err := winrm.New(winrm.Config{Address: strings.TrimPrefix(p.URL, "http://"), Auth: winrm.Basic, User: "Administrator", Password: "pw"})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		g := apply.New(client, guestAddress, ours.port, ours)
		f, _, err := g.Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		o, err := g.Originals(t.Context(), f, plannedOn(t, gen, "afd.DefaultReceiveWindow"))
		if err != nil {
			t.Fatal(err)
		}
		g.Expect(record.IdentityOf(f, o.Adapter))
		targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"afd.DefaultReceiveWindow": "1048576"}))
		if err != nil {
			t.Fatal(err)
		}
		p.requests.Store(0)
		p.from.Store(from)
		before := theirs.state()
		me := owner("h", 1_700_000_000)
		var failed error
		for _, do := range []func() error{
			func() error { return g.Claim(t.Context(), me) },
			func() error { _, _, err := g.Arm(t.Context(), o, time.Minute); return unlessNone(err) },
			func() error { _, err := g.Write(t.Context(), targets); return err },
			func() error { _, err := g.Reboot(t.Context(), rebootLimits); return err },
			func() error { _, _, err := g.Disarm(t.Context()); return unlessNone(err) },
			func() error { return g.Release(t.Context(), me.ID) },
		} {
			failed = errors.Join(failed, do()) // what failed keeps nobody from trying the rest
		}
		if after := theirs.state(); after != before {
			t.Errorf("%s, from request %d on: the other machine was changed:\n%s", gen, from, cmp.Diff(before, after))
		}
		if from > 0 && from < last && failed == nil { // the last one only ends what is done
			t.Errorf("%s, from request %d of %d on: nobody noticed", gen, from, last)
		}
		if from == 0 && failed != nil {
			t.Fatalf("%s, without another machine: %v", gen, failed)
		}
		return p.requests.Load()
	}
	step := int64(13)
	if os.Getenv("VNETTUNE_FAULTS") == "all" {
		step = 1
	}
	for _, gen := range []matrix.Generation{matrix.W10, matrix.XP} {
		last := play(gen, 0, 0)
		for from := last; from > 0; from -= step {
			play(gen, from, last)
		}
	}
}

// unlessNone is err, but for that of a guest that cannot have the switch.
func unlessNone(err error) error {
	if errors.Is(err, deadman.ErrNone) {
		return nil
	}
	return err
}
