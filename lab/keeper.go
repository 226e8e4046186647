package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"vnettune/bench/link"
	"vnettune/lab/fast"
	"vnettune/lab/guest"
	"vnettune/lab/vm"
	"vnettune/trouble"
)

// running is one boot of the guest: *vm.Machine or *fast.Machine.
type running interface {
	PID() int
	Ended() <-chan struct{}
	Wait() (guest.Outcome, error)
	Stop()
}

var (
	_ running = (*vm.Machine)(nil)
	_ running = (*fast.Machine)(nil)
)

// silentBoots is how many boots in a row may end without an answer before the keeper
// gives up: a guest that cannot boot would be started for ever. One that has answered
// before gets lateSilentBoots, for it may have lost its network by a setting, and
// comes back by other ways.
const (
	silentBoots     = 3
	lateSilentBoots = 20
)

// Keep is the keeper's process: it owns the machine of the lab whose specification is
// at path until the context ends, the guest is switched off, or nobody needs the lab any
// more. Every reset of the guest starts the machine anew. It must run in namespaces of its
// own, as Manager.Up starts it.
func Keep(ctx context.Context, path string, stderr io.Writer) error {
	ready := os.NewFile(readyFD, "ready")
	if ready == nil {
		return trouble.Hint(errors.New("keeper: started by hand"), "use vnettune lab up")
	}
	defer ready.Close()
	spec, err := readSpec(path)
	if err != nil {
		return tell(ready, err)
	}
	k := &keeper{
		spec:  spec,
		log:   log.New(stderr, "keeper: ", log.Ldate|log.Ltime|log.Lmicroseconds|log.LUTC|log.Lmsgprefix),
		ready: ready,
		info:  filepath.Join(filepath.Dir(path), "info.json"),

		folder: folder{path: filepath.Dir(path)},
	}
	self, err := findProcess(os.Getpid())
	if err != nil {
		return tell(ready, err)
	}
	k.spec.Info.KeeperPID, k.spec.Info.KeeperStart = self.pid, self.start
	if err := writeKeeper(filepath.Join(filepath.Dir(path), "keeper.pid"), self); err != nil {
		return tell(ready, err)
	}
	if err := setUpNamespace(spec.VM != nil); err != nil {
		return tell(ready, err)
	}
	if spec.Info.Rate > 0 {
		if err := link.CanHere(link.Conditions{Rate: 1e9}); err != nil {
			return tell(ready, err)
		}
		if err := guest.ServeRate(ctx, hostLink, k.log); err != nil {
			return tell(ready, err)
		}
	}
	f := k.folder
	users, err := os.OpenFile(f.users(), os.O_RDWR, 0)
	if err != nil {
		return tell(ready, err)
	}
	defer runtime.KeepAlive(users) // its lock is this process's to the end
	ctx = f.whileNeeded(ctx, users)
	if err := k.run(ctx); err != nil && ctx.Err() == nil {
		k.log.Print(trouble.Line(err))
		return tell(ready, err)
	}
	return nil
}

// tell hands the reason of a failure to Up, if it still listens.
func tell(ready io.Writer, err error) error {
	_, _ = fmt.Fprintln(ready, trouble.Line(err))
	return err
}

type keeper struct {
	spec  keeperSpec
	log   *log.Logger
	ready *os.File
	info  string // path

	folder folder
}

// run starts one boot after the other.
func (k *keeper) run(ctx context.Context) error {
	limit := silentBoots
	for boot, silent := 1, 0; ; boot++ {
		answered, outcome, err := k.boot(ctx, boot)
		switch {
		case ctx.Err() != nil:
			k.log.Printf("ends: %v", context.Cause(ctx))
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("boot %d: %w", boot, err)
		case outcome == guest.PowerOff:
			k.log.Printf("boot %d: the guest switched itself off", boot)
			if boot == 1 && !answered {
				return errors.New("the guest switched itself off")
			}
			if err := k.awaitStart(ctx); err != nil {
				return err
			}
			silent = 0
			continue
		}
		if silent++; answered {
			silent, limit = 0, lateSilentBoots
		}
		if silent >= limit {
			return fmt.Errorf("boot %d: the guest reset itself %d times without an answer", boot, silent)
		}
		k.log.Printf("boot %d: the guest reset itself", boot)
	}
}

// awaitStart says in the lab's folder that the machine is off, and waits until somebody starts it, as which machine the
// specification says then.
func (k *keeper) awaitStart(ctx context.Context) error {
	if err := os.WriteFile(k.folder.off(), nil, 0o600); err != nil {
		return fmt.Errorf("lab state: %w", err)
	}
	for exists(k.folder.off()) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(startPoll):
		}
	}
	spec, err := readSpec(k.folder.spec())
	if err != nil {
		return err
	}
	k.spec.VM, k.spec.Fast = spec.VM, spec.Fast
	k.log.Print("the machine is started")
	return nil
}

// startPoll is how often a keeper looks whether its machine is to be started.
const startPoll = 50 * time.Millisecond

// boot runs the machine once, until its reset or the context's end.
func (k *keeper) boot(ctx context.Context, number int) (answered bool, outcome guest.Outcome, err error) {
	begin := time.Now()
	m, err := k.start(ctx)
	if err != nil {
		return false, guest.PowerOff, err
	}
	k.log.Printf("boot %d: process %d", number, m.PID())
	stop := context.AfterFunc(ctx, m.Stop)
	defer stop()

	watch, cancel := context.WithCancel(ctx)
	watched := make(chan error, 1)
	go func() { watched <- k.waitForAnswer(watch, number, begin) }()
	outcome, err = m.Wait()
	cancel()
	failed := <-watched
	if failed != nil && !errors.Is(failed, context.Canceled) {
		return false, outcome, failed
	}
	return failed == nil, outcome, err
}

func (k *keeper) start(ctx context.Context) (running, error) {
	if k.spec.VM != nil {
		return vm.Start(ctx, *k.spec.VM)
	}
	m, err := fast.Start(*k.spec.Fast)
	if err != nil {
		return nil, err
	}
	if err := askOften(); err != nil {
		m.Stop()
		return nil, err
	}
	return m, nil
}

// waitForAnswer waits for WinRM's first answer of a boot; that of the first boot makes
// the lab up.
func (k *keeper) waitForAnswer(ctx context.Context, number int, begin time.Time) error {
	if err := waitForWinRM(ctx, k.spec.Info); err != nil {
		return err
	}
	took := time.Since(begin)
	k.log.Printf("boot %d: first answer after %.3f s", number, took.Seconds())
	if number > 1 {
		return nil
	}
	i := k.spec.Info
	i.FirstAnswer = took.Seconds()
	if err := waitForAgent(ctx, i.AgentSocket); err != nil {
		return err
	}
	if err := writeInfo(k.info, i); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(k.ready, readyWord); err != nil {
		return fmt.Errorf("tell that the lab is up: %w", err)
	}
	return k.ready.Close()
}
