package kernel

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Commands of SIOCETHTOOL and sizes of its structures. Source: include/uapi/linux/ethtool.h.
const (
	ethtoolStrings      = 0x1b // ETHTOOL_GSTRINGS
	ethtoolStringCounts = 0x37 // ETHTOOL_GSSET_INFO
	ethtoolGetFeatures  = 0x3a // ETHTOOL_GFEATURES
	ethtoolSetFeatures  = 0x3b // ETHTOOL_SFEATURES

	featureStrings = 4  // ETH_SS_FEATURES
	stringLen      = 32 // ETH_GSTRING_LEN
)

// feature is one offload of an adapter.
type feature struct {
	active     bool
	changeable bool
}

// ethtool calls the ioctl with a structure that begins with the command's number.
func ethtool(link string, request []byte) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("ethtool: %w", err)
	}
	defer unix.Close(fd)
	var ifr struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}
	if len(link) >= len(ifr.name) {
		return fmt.Errorf("ethtool: adapter name %q is too long", link)
	}
	copy(ifr.name[:], link)
	ifr.data = unsafe.Pointer(&request[0])
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&ifr)))
	runtime.KeepAlive(request)
	if errno != 0 {
		return fmt.Errorf("ethtool command %#x: %w", binary.NativeEndian.Uint32(request), errno)
	}
	return nil
}

// words packs 32-bit fields with room for extra bytes behind them.
func words(extra int, fields ...uint32) []byte {
	b := make([]byte, 4*len(fields)+extra)
	for i, f := range fields {
		binary.NativeEndian.PutUint32(b[4*i:], f)
	}
	return b
}

// featureNames lists the kernel's names in the order of their bits.
func featureNames(link string) ([]string, error) {
	// cmd, reserved, a 64-bit mask of string sets, one count.
	info := words(12, ethtoolStringCounts, 0)
	binary.NativeEndian.PutUint64(info[8:], 1<<featureStrings)
	if err := ethtool(link, info); err != nil {
		return nil, err
	}
	n := int(binary.NativeEndian.Uint32(info[16:]))
	list := words(n*stringLen, ethtoolStrings, featureStrings, uint32(n))
	if err := ethtool(link, list); err != nil {
		return nil, err
	}
	names := make([]string, n)
	for i := range names {
		field := list[12+i*stringLen:][:stringLen]
		names[i], _, _ = strings.Cut(string(field), "\x00")
	}
	return names, nil
}

// readFeatures reads an adapter's offloads by name.
func readFeatures(link string) (map[string]feature, error) {
	names, err := featureNames(link)
	if err != nil {
		return nil, err
	}
	blocks := (len(names) + 31) / 32
	// Each block: available, requested, active, never_changed.
	got := words(blocks*16, ethtoolGetFeatures, uint32(blocks))
	if err := ethtool(link, got); err != nil {
		return nil, err
	}
	features := make(map[string]feature, len(names))
	for i, name := range names {
		if name == "" {
			continue
		}
		block, bit := got[8+i/32*16:], uint32(1)<<(i%32)
		features[name] = feature{
			changeable: binary.NativeEndian.Uint32(block)&bit != 0,
			active:     binary.NativeEndian.Uint32(block[8:])&bit != 0,
		}
	}
	return features, nil
}

// writeFeatures asks for the wanted state of some offloads. Success does not mean
// that all of them took it: read back.
func writeFeatures(link string, want map[string]bool) error {
	names, err := featureNames(link)
	if err != nil {
		return err
	}
	blocks := (len(names) + 31) / 32
	// Each block: valid, requested.
	set := words(blocks*8, ethtoolSetFeatures, uint32(blocks))
	for i, name := range names {
		on, asked := want[name]
		if !asked {
			continue
		}
		block, bit := set[8+i/32*8:], uint32(1)<<(i%32)
		binary.NativeEndian.PutUint32(block, binary.NativeEndian.Uint32(block)|bit)
		if on {
			binary.NativeEndian.PutUint32(block[4:], binary.NativeEndian.Uint32(block[4:])|bit)
		}
	}
	return ethtool(link, set)
}
