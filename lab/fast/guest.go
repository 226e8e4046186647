package fast

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/vishvananda/netlink"

	"vnettune/lab/guest"
	"vnettune/trouble"
)

// Main is the guest's process, which Start started: one boot from beginning to end.
func Main(config string) error {
	booted := time.Now()
	words := os.NewFile(wordsFD, "words")
	if words == nil {
		return trouble.Hint(errors.New("fast guest: started by hand"), "use vnettune lab up --kind fast")
	}
	defer words.Close()
	outcome, err := boot(config, booted)
	if err != nil {
		return fmt.Errorf("fast guest: %w", err)
	}
	word := wordRestart
	if outcome == guest.PowerOff {
		word = wordOff
	}
	if _, err := fmt.Fprintln(words, word); err != nil {
		return fmt.Errorf("fast guest: %w", err)
	}
	return nil
}

func boot(config string, booted time.Time) (guest.Outcome, error) {
	cfg, err := guest.ReadConfig(config)
	if err != nil {
		return guest.PowerOff, err
	}
	if cfg.Delay != 0 {
		return guest.PowerOff, ErrDelay
	}
	off, err := waitForCable(os.Stdin)
	if err != nil {
		return guest.PowerOff, err
	}
	peer, err := netlink.LinkByName(peerName)
	if err != nil {
		return guest.PowerOff, fmt.Errorf("cable: %w", err)
	}
	if err := netlink.LinkSetName(peer, guestName); err != nil {
		return guest.PowerOff, fmt.Errorf("cable: %w", err)
	}
	if err := guest.ConfigureLink(guestName, cfg.Address); err != nil {
		return guest.PowerOff, err
	}
	disk, err := guest.OpenDisk(cfg.Disk)
	if err != nil {
		return guest.PowerOff, err
	}
	defer disk.Close()
	l := log.New(os.Stdout, "vnettune: ", log.Ltime|log.Lmicroseconds|log.LUTC|log.Lmsgprefix)
	m, err := guest.NewMachine(cfg, guest.KindFast, []string{guestName}, booted, l)
	if err != nil {
		return guest.PowerOff, err
	}
	return m.Serve(disk, off)
}

// ErrDelay is the error of asking the fast lab for a delay.
var ErrDelay = trouble.Hint(errors.New("the fast lab has no delay"), "use the virtual machine lab (--kind vm), whose kernel can delay packets")

// waitForCable returns when the keeper has plugged the cable in. The channel is closed
// when the keeper's end of input closes: a guest without a keeper goes off.
func waitForCable(input io.Reader) (off <-chan struct{}, err error) {
	r := bufio.NewReader(input)
	line, err := r.ReadString('\n')
	if err != nil || line != wordGo {
		return nil, fmt.Errorf("wait for the cable: got %q: %w", line, err)
	}
	end := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, r) // any end of input is the end
		close(end)
	}()
	return end, nil
}
