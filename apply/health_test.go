package apply_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/apply/scripts"
	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/matrix"
	"vnettune/results/record"
)

var hostAddress = netip.MustParseAddr("192.0.2.1")

func TestHealthOfTheStandIn(t *testing.T) {
	h, err := newStandIn(t).guest().Health(t.Context(), hostAddress)
	if err != nil {
		t.Fatal(err)
	}
	if h.Administrator == nil || !*h.Administrator || h.Task == nil || h.WinRM == nil || h.WinRM.MaxEnvelopeKiB == nil || h.Own["StandIn"] != "lab" {
		t.Errorf("health %+v", h)
	}
}

// PowerShell 5.1 takes the brackets off a list of one.
func TestHealthInOtherForms(t *testing.T) {
	for out, networks := range map[string]int{
		`{"problems":{},"networks":{"ifIndex":4,"category":0}}`:                              1,
		`{"problems":{},"networks":[{"ifIndex":4,"category":0},{"ifIndex":5,"category":1}]}`: 2,
		`{"problems":{"networks":"Zugriff"},"networks":null}`:                                0,
		`{"problems":{},"networks":{}}`:                                                      0, // of a version before this one, where none is connected
		`{"problems":{},"networks":{"value":[{"ifIndex":4,"category":null}],"Count":1}}`:     1,
	} {
		h, err := apply.New(health{newStandIn(t), out}, guestAddress, 5985, nil).Health(t.Context(), hostAddress)
		if err != nil || len(h.Networks) != networks || h.Administrator != nil {
			t.Errorf("%s: %+v, %v", out, h, err)
		}
	}
	for out, want := range map[string]string{`{"networks":7}`: "form that is not known", `{"error":{"where":"input","message":"no"}}`: "script health on the guest: input: no"} {
		if _, err := apply.New(health{newStandIn(t), out}, guestAddress, 5985, nil).Health(t.Context(), hostAddress); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", out, err, want)
		}
	}
}

// health is a guest that answers the script health in its own way.
type health struct {
	*standIn
	out string
}

func (h health) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if n, ok := scripts.Sent(command); ok && n == "health" {
		return winrm.Result{Stdout: []byte(h.out)}, nil
	}
	return h.standIn.Run(ctx, command, stdin)
}

func TestHealthIsNotAskedOnXP(t *testing.T) {
	if _, err := newXP(t).guest().Health(t.Context(), hostAddress); !errors.Is(err, terms.ErrNotAsked) {
		t.Errorf("error %v", err)
	}
}

func TestLacking(t *testing.T) {
	all := planned(t, "tcp.autotuninglevel", "afd.DefaultSendWindow", "netkvm.JumboPacket")
	s := newStandIn(t)
	g := s.guest()
	f := declared(t, g)
	f.Adapters[0].Driver.Keywords = slices.DeleteFunc(f.Adapters[0].Driver.Keywords, func(k record.Keyword) bool { return k.Name == "*JumboPacket" })
	lacking, err := g.Lacking(t.Context(), f, all)
	if err != nil || len(lacking) != 1 || lacking[0].ID != "netkvm.JumboPacket" || !strings.Contains(lacking[0].Err.Error(), "has no property") {
		t.Errorf("lacking %v, %v", lacking, err)
	}
	x := newXP(t).guest()
	if f, _, err = x.Facts(t.Context()); err != nil {
		t.Fatal(err)
	}
	tcp, _ := matrix.Catalogue().Lookup("tcp.autotuninglevel")
	netsh := matrix.Planned{Setting: tcp, Form: tcp.Forms[matrix.W10]}
	lacking, err = x.Lacking(t.Context(), f, append(plannedOn(t, matrix.XP, "afd.DefaultSendWindow"), netsh))
	if err != nil || len(lacking) != 1 || lacking[0].ID != "tcp.autotuninglevel" {
		t.Errorf("lacking on xp %v, %v", lacking, err)
	}
}
