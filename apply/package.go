package apply

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"vnettune/apply/terms"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/trouble"
)

// ErrNoPackages says that a driver's package is not installed on a Windows that is so old.
var ErrNoPackages = errors.New("a driver's package is installed on Windows 10 version 1607, Server 2016 and later only: before, an update of a driver could change an adapter's properties, and pnputil.exe has not the words")

// firstPackaged is the first build on which packages are installed: pnputil.exe takes /add-driver and /delete-driver from
// it on (https://learn.microsoft.com/windows-hardware/drivers/devtest/pnputil-command-syntax).
const firstPackaged = 14393

// packagePiece is how many bytes of a file go at a time (CONTRACT.md, "package").
const packagePiece = 512 << 10

// Installed is how the adapter under test has its driver: what is put back.
type Installed struct {
	INF      string // as the driver store calls it: oem3.inf
	Version  string
	Hardware string // the hardware id of its device
	Name     string // of the adapter
	GUID     string
	MAC      string
	IPv4     terms.IPv4
	Values   []Target `json:",omitempty"` // of its properties
}

// Packages is what a guest's driver store says of the packages of a plan.
type Packages struct {
	Found     Installed
	Published []string // what the store calls each package, "" for one that it has not
	Same      int      // adapters with the hardware id of the one under test, which all get its driver
	Carries   bool     // WinRM comes over one of these
}

// Packages asks the guest's driver store for packages, and how the adapter under test has its driver. Control is the
// address at which WinRM is reached; where no adapter has it, it may come over any. The error is ErrNoPackages on an older Windows.
func (g *Guest) Packages(ctx context.Context, all []matrix.Package, control netip.Addr) (Packages, error) {
	f, _, err := g.Facts(ctx)
	if err != nil {
		return Packages{}, err
	}
	if f.Build < firstPackaged {
		return Packages{}, trouble.Invalid(ErrNoPackages)
	}
	a, err := g.AdapterUnderTest(f)
	if err != nil {
		return Packages{}, err
	}
	said, err := g.drivers(ctx, a, all, nil)
	if err != nil {
		return Packages{}, err
	}
	if said.Adapter.INF == "" || said.Adapter.Version == "" || said.Adapter.Hardware == "" || a.MAC == "" {
		return Packages{}, fmt.Errorf("the guest does not say which driver's package the adapter %q has, or its MAC", a.Name)
	}
	got := Packages{Found: Installed{INF: said.Adapter.INF, Version: said.Adapter.Version, Hardware: said.Adapter.Hardware, Name: a.Name, GUID: a.GUID, MAC: a.MAC, IPv4: said.Adapter.IPv4}, Same: said.Adapter.Same, Published: make([]string, len(all))}
	for i, name := range said.Published {
		if name != nil {
			got.Published[i] = *name
		}
	}
	if err := givenBack(said, f); err != nil {
		return Packages{}, trouble.Invalid(err)
	}
	if got.Found.Values, err = g.properties(ctx, a); err != nil {
		return Packages{}, err
	}
	i := slices.IndexFunc(f.Adapters, func(a record.Adapter) bool { return a.Has(control) })
	got.Carries = i < 0 || strings.HasPrefix(strings.ToUpper(f.Adapters[i].PNPID), strings.ToUpper(got.Found.Hardware)+`\`)
	return got, nil
}

// published is how the driver store calls what was taken into it.
var published = regexp.MustCompile(`(?i)^oem[0-9]+\.inf$`)

// givenBack says why the driver that an adapter was found with could not be given back to it, and to those of the same
// device.
func givenBack(said terms.DriversAnswer, f record.Guest) error {
	is := said.Adapter
	switch {
	case !published.MatchString(is.INF):
		return trouble.Hint(fmt.Errorf("the adapter's driver is from %s, and not from a package of the guest's driver store: it could not be given back", foreign.Word(is.INF)), "install it on the guest from its package")
	case !is.Stored:
		return trouble.Hint(fmt.Errorf("the adapter's driver is from %s, which is not there any more: it could not be given back", is.INF), "install it on the guest anew")
	}
	for _, a := range f.Adapters {
		if strings.HasPrefix(strings.ToUpper(a.PNPID), strings.ToUpper(is.Hardware)+`\`) && a.DriverVersion != "" && a.DriverVersion != is.Version {
			return trouble.Hint(fmt.Errorf("the adapter %q of the same device has driver %s, and that under test %s: only one of them could be given back", foreign.Word(a.Name), foreign.Word(a.DriverVersion), foreign.Word(is.Version)),
				"give both the same driver first")
		}
	}
	return nil
}

// properties are what the class key of an adapter has for the properties that its driver declares.
func (g *Guest) properties(ctx context.Context, a record.Adapter) ([]Target, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return nil, err
	}
	if a.ClassKey == "" {
		return nil, fmt.Errorf("the guest does not say where the adapter %q has its properties", a.Name)
	}
	var in terms.ReadInput
	for _, name := range slices.Sorted(maps.Keys(a.Keywords)) {
		in.Registry = append(in.Registry, terms.RegistryValue{Path: a.ClassKey, Name: name})
	}
	in.Ports, in.Interfaces = []int{}, []int{}
	got, _, err := g.readFrom(ctx, d, in)
	if err != nil {
		return nil, fmt.Errorf("the properties of adapter %q: %w", a.Name, err)
	}
	var all []Target
	for i, s := range got.Registry {
		if s.Exists {
			p := record.Place{ID: in.Registry[i].Name, Kind: string(matrix.AdapterKeyword), Path: a.ClassKey, Name: in.Registry[i].Name, Type: s.Kind}
			all = append(all, Target{Place: p, Want: s})
		}
	}
	return all, nil
}

// putPackage puts a package's files into the guest, which keeps them in a folder of its own, in the place of another
// package's.
func (g *Guest) putPackage(ctx context.Context, p matrix.Package, content [][]byte) error {
	d, err := g.speak(ctx)
	if err == nil {
		ctx, err = g.sure(ctx)
	}
	for i := 0; err == nil && i < len(p.Files); i++ {
		if err = putFile(ctx, d, p.Files[i], content[i], i == 0); err != nil {
			err = fmt.Errorf("put %s into the guest: %w", p.Files[i].Name, err)
		}
	}
	return err
}

func putFile(ctx context.Context, d dialect, f matrix.PackageFile, all []byte, first bool) error {
	put := terms.MeterPut{}
	for at := 0; !put.Done; at = put.Size {
		piece := all[at:min(at+packagePiece, len(all))]
		var err error
		put, err = d.PutPackage(ctx, terms.PackagePiece{Name: f.Name, SHA256: f.SHA256, Size: len(all), Offset: at, Data: piece, First: first && at == 0})
		switch {
		case err != nil:
			return err
		case put.Size != at+len(piece), !put.Done && put.Size == len(all):
			return fmt.Errorf("the guest says that it has %d bytes of %d", put.Size, len(all))
		}
	}
	return nil
}

// Signature is what the guest makes of the signature of a package that was put.
type Signature struct {
	Signer  string // thumbprint of the certificate
	Trusted bool   // as a publisher, before anything was done
}

// StagePackage puts a package's files into the guest, takes them into its driver store, without a device that gets the
// driver, and gives the package's name there. Its publisher is trusted from then on: note is told whose signature it is
// before that. Content has the bytes of its files, in their order.
func (g *Guest) StagePackage(ctx context.Context, p matrix.Package, content [][]byte, note func(Signature) error) (published string, err error) {
	if err := g.putPackage(ctx, p, content); err != nil {
		return "", err
	}
	signature, err := g.signed(ctx, p)
	if err == nil {
		err = note(signature)
	}
	if err != nil {
		return "", err
	}
	d, err := g.speak(ctx)
	if err == nil {
		ctx, err = g.sure(ctx)
	}
	if err != nil {
		return "", err
	}
	said, err := d.Stage(ctx, terms.StageInput{Action: terms.StageStage, INF: p.INF, SHA256: p.Files[0].SHA256, Catalog: p.Catalog})
	var refused *ScriptError
	if errors.As(err, &refused) {
		err = trouble.Invalid(trouble.Hint(err, "see the end of %%SystemRoot%%\\INF\\setupapi.dev.log on the guest, and try there: pnputil /add-driver %s", p.INF))
	}
	if err == nil && said.Published == nil {
		err = errors.New("the guest does not say what its driver store calls it")
	}
	if err != nil {
		return "", fmt.Errorf("take the driver's package %s into the guest's driver store: %w", p.Folder, err)
	}
	return *said.Published, nil
}

// signed asks whether the signature of the package that was put last is valid there.
func (g *Guest) signed(ctx context.Context, p matrix.Package) (Signature, error) {
	f, _, err := g.Facts(ctx)
	if err != nil {
		return Signature{}, err
	}
	a, err := g.AdapterUnderTest(f)
	if err != nil {
		return Signature{}, err
	}
	said, err := g.drivers(ctx, a, nil, &p.Catalog)
	switch {
	case err != nil:
		return Signature{}, err
	case said.Catalog == nil || said.Catalog.Status != 0 || said.Catalog.Signer == nil:
		return Signature{}, trouble.Invalid(trouble.Hint(fmt.Errorf("the guest does not take the signature of %s in %s: its driver could not be installed without a question that nobody answers", p.Catalog, p.Folder),
			"use a package that is signed for this Windows (Get-AuthenticodeSignature says there what is wrong with this one)"))
	}
	return Signature{Signer: *said.Catalog.Signer, Trusted: said.Catalog.Trusted}, nil
}

// drivers asks the guest's driver store for packages, and how the adapter under test has its driver.
func (g *Guest) drivers(ctx context.Context, a record.Adapter, all []matrix.Package, catalog *string) (terms.DriversAnswer, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return terms.DriversAnswer{}, err
	}
	in := terms.DriversInput{GUID: a.GUID, INFs: []string{}, Catalog: catalog}
	for _, p := range all {
		in.INFs = append(in.INFs, p.Files[0].SHA256)
	}
	said, err := d.Drivers(ctx, in)
	if err == nil && len(said.Published) != len(all) {
		err = fmt.Errorf("%d packages asked, %d answered", len(all), len(said.Published))
	}
	if err != nil {
		return said, fmt.Errorf("the guest's driver store: %w", err)
	}
	return said, nil
}

// withMAC is the guest's adapter with a MAC, whatever address it has: a guest that is only put back has none under test.
func (g *Guest) withMAC(ctx context.Context, mac string) (record.Adapter, error) {
	f, _, err := g.Facts(ctx)
	if err != nil {
		return record.Adapter{}, err
	}
	for _, a := range f.Adapters {
		if strings.EqualFold(bare(a.MAC), bare(mac)) {
			return a, nil
		}
	}
	return record.Adapter{}, fmt.Errorf("no adapter of the guest has the MAC %s", mac)
}

// isBack says whether the adapter with that MAC is up.
func (g *Guest) isBack(ctx context.Context, mac string) error {
	a, err := g.withMAC(ctx, mac)
	if err == nil && !a.Up {
		err = errors.New("it is not up")
	}
	return err
}

// bare is a MAC without what stands between its bytes.
func bare(mac string) string { return strings.NewReplacer("-", "", ":", "").Replace(mac) }
