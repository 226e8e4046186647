package apply_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vnettune/apply"
	"vnettune/apply/scripts"
	"vnettune/apply/terms"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/registry"
	"vnettune/matrix"
	"vnettune/results/record"
)

const (
	otherDriver = "100.95.104.26200"
	goodCatalog = "vnettune test catalog, signed by 0123456789ABCDEF0123456789ABCDEF01234567\n"
)

// packageOf is a package with a driver of that version, and what its files hold.
func packageOf(version, catalog string) (matrix.Package, [][]byte) {
	content := [][]byte{[]byte("[Version]\r\nDriverVer = 07/15/2024," + version + "\r\n"), []byte(catalog), []byte(strings.Repeat("driver", 200_000))}
	p := matrix.Package{Folder: "w10", INF: "netkvm.inf", Catalog: "netkvm.cat", Version: version}
	for i, name := range []string{"netkvm.inf", "netkvm.cat", "netkvm.sys"} {
		sum := sha256.Sum256(content[i])
		p.Files = append(p.Files, matrix.PackageFile{Name: name, Size: len(content[i]), SHA256: hex.EncodeToString(sum[:])})
	}
	return p, content
}

// withPackage is a stand-in whose driver store has a package, what it had before, and what is to be undone.
func withPackage(t *testing.T, s *standIn, catalog string) (g *apply.Guest, o record.Originals, d *apply.Drivers, published string, err error) {
	t.Helper()
	g, o = originals(t, s, "netkvm.RxCapacity", "tcp.rss")
	p, content := packageOf(otherDriver, catalog)
	had, err := g.Packages(t.Context(), []matrix.Package{p}, guestAddress)
	if err != nil {
		t.Fatal(err)
	}
	if !had.Carries || had.Published[0] != "" || had.Found.INF != machine.OwnINF || len(had.Found.Values) == 0 {
		t.Fatalf("before: %+v", had)
	}
	d = &apply.Drivers{Found: had.Found, Packages: []matrix.Package{p}}
	g.Return(d)
	published, err = g.StagePackage(t.Context(), p, content, func(of apply.Signature) error {
		if !of.Trusted {
			d.Certificates = append(d.Certificates, of.Signer)
		}
		return nil
	})
	return g, o, d, published, err
}

// A driver of another version is staged, installed over the one that was found, and proven; its properties are as they were
// found. The restore gives the adapter its own one back: everything in the guest's registry and driver store is as it was.
func TestAnotherDriverAndBack(t *testing.T) {
	s := newStandIn(t)
	was, drivers := values(s), s.machine.View().Drivers
	g, o, d, published, err := withPackage(t, s, goodCatalog)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.UseDriver(t.Context(), published, otherDriver, d.Found, o, 10*time.Minute, rebootLimits); err != nil {
		t.Fatal(err)
	}
	f := declared(t, g)
	if got := f.Adapters[0].DriverVersion; got != otherDriver {
		t.Errorf("it runs %s", got)
	}
	for _, v := range d.Found.Values {
		if is, ok := f.Adapters[0].Keywords[v.Place.Name]; ok && is != v.Want.Data {
			t.Errorf("%s is %s, and was found as %s", v.Place.Name, is, v.Want.Data)
		}
	}
	if m, err := g.DeadMan(t.Context()); err != nil || m.Armed {
		t.Errorf("the switch is armed: %t, %v", m.Armed, err)
	}
	if differs, err := g.Differs(t.Context(), o); err != nil || !slices.Equal(differs, []string{"driver " + otherDriver + ", was " + d.Found.Version}) {
		t.Errorf("it differs in %q, %v", differs, err)
	}
	for range 2 { // there is nothing to be done the second time
		if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(was, values(s)); d != "" {
			t.Errorf("the registry (-before +after):\n%s", d)
		}
		if d := cmp.Diff(drivers, s.machine.View().Drivers, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("the driver store (-before +after):\n%s", d)
		}
	}
}

// Whatever keeps a package from being used is said, and the restore puts the guest back all the same.
func TestDriversThatCannotBeUsed(t *testing.T) {
	for _, c := range []struct {
		name, fault, catalog string
		staged               bool
		says                 string
	}{
		{"no signature", "", "none", false, "does not take the signature of netkvm.cat"},
		{"pnputil refuses", "stage-refused=0xE0000247", goodCatalog, false, "0xE0000247"},
		{"the installation is refused", "install-refused=0xE0000242", goodCatalog, true, "0xE0000242"},
		{"an antivirus keeps the task back", "antivirus=installing", goodCatalog, true, "has left no result"},
		{"the old driver stays", "driver-stays", goodCatalog, true, "runs driver version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var faults []string
			if c.fault != "" {
				faults = []string{c.fault}
			}
			s := newStandIn(t, faults...)
			before := s.machine.View().Drivers
			g, o, d, published, err := withPackage(t, s, c.catalog)
			if staged := err == nil; staged != c.staged {
				t.Fatalf("staged: %v", err)
			}
			if err == nil {
				err = g.UseDriver(t.Context(), published, otherDriver, d.Found, o, 10*time.Minute, rebootLimits)
			}
			if err == nil || !strings.Contains(err.Error(), c.says) || apply.Lost(err) {
				t.Errorf("%v, want %q", err, c.says)
			}
			var other *apply.DriverError
			if errors.As(err, &other) != (c.fault == "driver-stays") {
				t.Errorf("%T", err)
			}
			if m, err := g.DeadMan(t.Context()); err != nil || m.Armed {
				t.Errorf("the switch is armed: %t, %v", m.Armed, err)
			}
			if c.fault == "driver-stays" || strings.HasPrefix(c.fault, "antivirus") || strings.HasPrefix(c.fault, "install-refused") {
				s.config.Faults, _ = machine.ParseFaults(nil)
				_ = s.machine.Close()
				s.start()
			}
			if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(before, s.machine.View().Drivers, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("the driver store (-before +after):\n%s", d)
			}
		})
	}
}

// A harness that was killed just after it had asked for a driver leaves a task that installs it in a moment: a restore
// waits for it.
func TestATaskThatIsAboutToInstallADriver(t *testing.T) {
	s := newStandIn(t)
	g, o, d, published, err := withPackage(t, s, goodCatalog)
	if err != nil {
		t.Fatal(err)
	}
	in, err := json.Marshal(terms.RestartInput{Token: strings.Repeat("0", 32), GUID: d.Found.GUID, Delay: 1, Limit: 60, Script: scripts.Source(scripts.Installing),
		Installation: &terms.Installation{INF: published, Hardware: d.Found.Hardware, MAC: d.Found.MAC, IPv4: d.Found.IPv4}})
	if err != nil {
		t.Fatal(err)
	}
	if a, err := s.Run(t.Context(), scripts.CommandLine(scripts.Restart), in); err != nil || a.Exit != 0 {
		t.Fatalf("%s, %v", a.Stdout, err)
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Fatal(err)
	}
	if got := declared(t, g).Adapters[0].DriverVersion; got != d.Found.Version {
		t.Errorf("it runs %s, and was found with %s", got, d.Found.Version)
	}
	if want := []bool{false, true, false, true}; left(t, s).Task || !slices.Equal(s.cut, want) {
		t.Errorf("the adapter was taken %v, want it down and up by the task, and by the way back; the task is there still: %t", s.cut, left(t, s).Task)
	}
}

// The commands behind the dead-man switch have Windows take the device for a new one: it has the driver that was found, and
// neither its properties nor its address. The restore puts these back.
func TestADeviceThatWasMadeAnew(t *testing.T) {
	s := newStandIn(t)
	key := registry.MustPath(declared(t, s.guest()).Adapters[0].ClassKey)
	if err := s.machine.Update(func(m *machine.State) error { return m.Reg.Set(key, "RxCapacity", registry.String("512")) }); err != nil {
		t.Fatal(err)
	}
	was, drivers := values(s), s.machine.View().Drivers
	g, o, d, published, err := withPackage(t, s, goodCatalog)
	if err == nil {
		err = g.UseDriver(t.Context(), published, otherDriver, d.Found, o, 10*time.Minute, rebootLimits)
	}
	if err == nil {
		err = s.machine.DeleteDriver(published, true)
	}
	if err == nil {
		_, err = g.Reboot(t.Context(), rebootLimits)
	}
	if err != nil {
		t.Fatal(err)
	}
	if a := declared(t, g).Adapters[0]; a.DriverVersion != d.Found.Version || a.Keywords["RxCapacity"] == "512" {
		t.Fatalf("made anew: %s, %v", a.DriverVersion, a.Keywords)
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(was, values(s)); d != "" {
		t.Errorf("the registry (-before +after):\n%s", d)
	}
	if d := cmp.Diff(drivers, s.machine.View().Drivers, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("the driver store (-before +after):\n%s", d)
	}
}

// On older Windows nothing is asked.
func TestPackagesOfAnOldWindows(t *testing.T) {
	s := newStandInOf(t, machine.Config{Generation: "nt62", Language: "en"})
	if _, err := s.guest().Packages(t.Context(), nil, netip.Addr{}); !errors.Is(err, apply.ErrNoPackages) {
		t.Error(err)
	}
}

// values are all that the stand-in's registry holds, by path and name, but the number of its boots.
func values(s *standIn) map[string]string {
	all := map[string]string{}
	var walk func(path string, k *registry.Key)
	walk = func(path string, k *registry.Key) {
		for _, name := range k.ValueNames() {
			v, _ := k.Get(name)
			all[path+" "+name] = v.Kind + " " + v.Data
		}
		for _, sub := range k.Subkeys() {
			walk(path+`\`+sub.Name, sub)
		}
	}
	for _, hive := range []string{`HKLM\SYSTEM`, `HKLM\SOFTWARE`} {
		if k := s.machine.View().Reg.Find(registry.MustPath(hive)); k != nil {
			walk(hive, k)
		}
	}
	delete(all, `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters BootId`)
	return all
}

// A driver that could not be given back is not changed.
func TestADriverThatCouldNotBeGivenBack(t *testing.T) {
	for _, inf := range []string{"netkvm.inf", "oem99.inf"} {
		s := newStandIn(t)
		key := registry.MustPath(declared(t, s.guest()).Adapters[0].ClassKey)
		if err := s.machine.Update(func(m *machine.State) error { return m.Reg.Set(key, "InfPath", registry.String(inf)) }); err != nil {
			t.Fatal(err)
		}
		if _, err := s.guest().Packages(t.Context(), nil, netip.Addr{}); err == nil || !strings.Contains(err.Error(), "could not be given back") {
			t.Errorf("%s: %v", inf, err)
		}
	}
}
