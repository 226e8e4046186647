package apply_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/apply/winrm"
	"vnettune/lab/wsman"
	"vnettune/matrix"
	"vnettune/results/record"
)

// The shell of an old Windows takes 15 commands, and every value that is written there is one. A
// write that needs more goes on in a new shell, once the machine has said in it who it is; the
// guest is restored likewise.
func TestAWriteOfMoreThanAShellTakes(t *testing.T) {
	s := newStandIn(t)
	s.config.Generation, s.disk = "xp", memoryDisk{}
	s.start()
	server := wsman.NewServer(wsman.Config{User: "Administrator", Password: "pw", MaxOperations: 15, MaxShells: 5}, played{s})
	h := httptest.NewUnstartedServer(server)
	h.Config.ConnContext = server.ConnContext
	h.Start()
	t.Cleanup(h.Close)
	client, err := winrm.New(winrm.Config{Address: strings.TrimPrefix(h.URL, "http://"), Auth: winrm.Basic, User: "Administrator", Password: "pw"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	g := apply.New(client, guestAddress, s.port, s)
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	values := map[string]matrix.Value{}
	for _, setting := range matrix.Catalogue().All() {
		form, ok := setting.Forms[matrix.XP]
		if !ok || form.Kind != matrix.Registry || setting.ID == matrix.PlaceboID || len(ids) == 20 {
			continue
		}
		ids = append(ids, setting.ID)
		values[setting.ID] = "1"
	}
	if len(ids) < 20 {
		t.Fatalf("only %d settings of XP", len(ids))
	}
	o, err := g.Originals(t.Context(), f, plannedOn(t, matrix.XP, ids...))
	if err != nil {
		t.Fatal(err)
	}
	g.Expect(record.IdentityOf(f, o.Adapter))
	targets, err := apply.Targets(o, combination(o, values))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatalf("write: %v", err)
	}
	readings, _, err := g.ReadBack(t.Context(), targets)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readings {
		if !r.AsAsked {
			t.Errorf("%s", r)
		}
	}
}
