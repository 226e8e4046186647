package driver

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/trouble"
)

// wanted is what an INF file says of its package.
type wanted struct {
	devices       []string // hardware ids
	version, date string
	catalog       string
	files         []string // beside these two, each once
}

// networkClass is the class of network adapters
// (https://learn.microsoft.com/windows-hardware/drivers/install/system-defined-device-setup-classes-available-to-vendors).
const networkClass = "{4d36e972-e325-11ce-bfc1-08002be10318}"

// Remedies that several errors have.
const (
	nameDriver   = "name the folder of the virtio network driver for x64, as NetKVM/w11/amd64 of a virtio-win ISO"
	nameComplete = "take the whole folder as its maker has it, as NetKVM/w11/amd64 of a virtio-win ISO"
)

// virtioNet is a hardware id of a virtio network device, transitional or not
// (https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html, 4.1.2).
var virtioNet = regexp.MustCompile(`(?i)^PCI\\VEN_1AF4&DEV_(1000|1041)(&|$)`)

// Forms of what DriverVer has.
var (
	versionForm = regexp.MustCompile(`^[0-9]{1,5}(\.[0-9]{1,5}){0,3}$`)
	dateForm    = regexp.MustCompile(`^[0-9]{1,2}[/-][0-9]{1,2}[/-][0-9]{4}$`)
	// virtio-win's versions begin with the Windows that the package is for: 61.77.104.17200 is for Windows 7, and
	// 100.90.104.22100 for Windows 10 and later.
	virtioWin = regexp.MustCompile(`^([0-9]+)\.[0-9]+\.104\.[0-9]+$`)
)

// older are the Windows before 10 that virtio-win's versions begin with.
var older = map[string]string{
	"51": "Windows XP", "52": "Windows Server 2003", "60": "Windows Vista and Server 2008", "61": "Windows 7 and Server 2008 R2",
	"62": "Windows 8 and Server 2012", "63": "Windows 8.1 and Server 2012 R2",
}

// wants reads what an INF file wants of its package, and refuses one that is of another device, class, processor or
// Windows.
func (f inf) wants() (wanted, error) {
	var w wanted
	if len(f["version"]) == 0 {
		return w, trouble.Hint(errors.New("it has no section [Version], so it is no INF file"), nameDriver)
	}
	if class, id := f.value("version", "Class"), f.value("version", "ClassGuid"); id != "" && !strings.EqualFold(id, networkClass) || id == "" && !strings.EqualFold(class, "Net") {
		return w, trouble.Hint(fmt.Errorf("its class is %q %s, and not that of network adapters", foreign.Line(class), foreign.Line(id)), nameDriver)
	}
	ver := f.values("version", "DriverVer")
	if len(ver) < 2 || !dateForm.MatchString(ver[0]) || !versionForm.MatchString(ver[1]) {
		return w, trouble.Hint(fmt.Errorf("its DriverVer is %q, and not a date and a version", foreign.Line(strings.Join(ver, ","))), nameComplete)
	}
	w.date, w.version = ver[0], ver[1]
	installs, devices, err := f.installs()
	if err != nil {
		return w, err
	}
	if m := virtioWin.FindStringSubmatch(w.version); m != nil && older[m[1]] != "" {
		return w, trouble.Hint(fmt.Errorf("version %s of the driver is for %s; a package can be installed in Windows 10, Server 2016 and later", w.version, older[m[1]]),
			"name the folder of a later Windows, as NetKVM/w10/amd64; a version for these begins with 100")
	}
	if w.catalog = f.catalog(); w.catalog == "" {
		return w, trouble.Hint(errors.New("it names no catalog (CatalogFile), and Windows does not take an unsigned package"), nameComplete)
	}
	w.devices = devices
	w.files, err = f.copied(installs)
	return w, err
}

// catalog is the name of the file with the signature.
func (f inf) catalog() string {
	for _, key := range []string{"CatalogFile.NTamd64", "CatalogFile.NT", "CatalogFile"} {
		if name := f.value("version", key); name != "" {
			return name
		}
	}
	return ""
}

// installs are the sections that install the virtio network device on x64, and the hardware ids of those that they are for.
func (f inf) installs() (all, devices []string, err error) {
	var others []string
	any := false
	for _, maker := range f["manufacturer"] {
		if maker.key == "" || len(maker.values) == 0 {
			continue
		}
		for i, decoration := range append([]string{""}, maker.values[1:]...) {
			section := strings.ToLower(maker.values[0])
			if i > 0 {
				section += "." + strings.ToLower(decoration)
			}
			for _, model := range f[section] {
				if len(model.values) < 2 || !slices.ContainsFunc(model.values[1:], virtioNet.MatchString) {
					continue
				}
				any = true
				if machine := machineOf(decoration); machine != "" {
					others = append(others, machine)
					continue
				}
				for _, id := range model.values[1:] {
					if id = strings.ToUpper(id); virtioNet.MatchString(id) && !slices.Contains(devices, id) {
						devices = append(devices, id)
					}
				}
				if !slices.Contains(all, strings.ToLower(model.values[0])) {
					all = append(all, strings.ToLower(model.values[0]))
				}
			}
		}
	}
	switch {
	case !any:
		return nil, nil, trouble.Hint(errors.New(`it is for no virtio network device (PCI\VEN_1AF4&DEV_1000 or DEV_1041)`), nameDriver)
	case len(all) == 0:
		slices.Sort(others)
		return nil, nil, trouble.Hint(fmt.Errorf("it is for %s, and not for x64 (NTamd64)", strings.Join(slices.Compact(others), ", ")), nameDriver)
	}
	return all, devices, nil
}

// machineOf is the processor that a decoration of a section is for; "" for x64 and where it names none
// (https://learn.microsoft.com/windows-hardware/drivers/install/inf-manufacturer-section, TargetOSVersion).
func machineOf(decoration string) string {
	machine, _, _ := strings.Cut(strings.ToLower(decoration), ".")
	switch machine = strings.TrimPrefix(machine, "nt"); machine {
	case "", "amd64":
		return ""
	}
	return foreign.Line(machine)
}

// copied are the files that installing copies, and those that the package is said to have on its disk.
func (f inf) copied(installs []string) ([]string, error) {
	var all []string
	add := func(name string) {
		if name != "" && len(all) <= matrix.MaxFiles && !slices.ContainsFunc(all, func(have string) bool { return strings.EqualFold(have, name) }) {
			all = append(all, name)
		}
	}
	for _, section := range []string{"sourcedisksfiles", "sourcedisksfiles.amd64"} {
		for _, e := range f[section] {
			if e.key == "" {
				continue
			}
			if len(e.values) > 1 && strings.Trim(e.values[1], `\.`) != "" {
				return nil, trouble.Hint(fmt.Errorf("its file %s is in the folder %s, and a package has all of its files in one", foreign.Line(e.key), foreign.Line(e.values[1])), nameDriver)
			}
			add(e.key)
		}
	}
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, section := range names {
		if !slices.ContainsFunc(installs, func(i string) bool { return section == i || strings.HasPrefix(section, i+".") }) || machineOf(ending(section, installs)) != "" {
			continue
		}
		for _, e := range f[section] {
			if strings.EqualFold(e.key, "CopyFiles") {
				for _, list := range e.values {
					f.listed(list, add)
				}
			}
		}
	}
	return all, nil
}

// ending is the decoration of an installing section, if it has one; the endings for services and the like name no
// processor.
func ending(section string, installs []string) string {
	for _, i := range installs {
		if rest, is := strings.CutPrefix(section, i+".nt"); is {
			return "nt" + rest
		}
	}
	return ""
}

// listed are the files that a value of CopyFiles names: @FILE, or a section in which each line has the name on the guest
// and, where it is another one there, the name in the package.
func (f inf) listed(list string, add func(string)) {
	if name, is := strings.CutPrefix(list, "@"); is {
		add(name)
		return
	}
	for _, e := range f[strings.ToLower(list)] {
		if len(e.values) > 1 && e.values[1] != "" {
			add(e.values[1])
		} else {
			add(first(e.values))
		}
	}
}
