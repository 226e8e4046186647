package machine

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"path"
	"regexp"
	"strings"
	"unicode/utf16"
)

// DriverFile is a file of DriverFolder: what was made of its content, which nobody keeps.
type DriverFile struct {
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256"`            // in lower-case hex
	Version string `json:"version,omitempty"` // of an INF: that of its DriverVer; "" where it has none
	Signer  string `json:"signer,omitempty"`  // of a catalog with a valid signature: the thumbprint of its certificate
}

// ReadDriverFile makes of a file's content what counts.
func ReadDriverFile(name string, content []byte) DriverFile {
	hash := sha256.Sum256(content)
	f := DriverFile{Name: name, Size: int64(len(content)), SHA256: hex.EncodeToString(hash[:])}
	switch strings.ToLower(path.Ext(name)) {
	case ".inf":
		f.Version = driverVersion(textOf(content))
	case ".cat":
		if signed := signedBy.FindSubmatch(content); signed != nil {
			f.Signer = strings.ToUpper(string(signed[1]))
		}
	}
	return f
}

// signedBy begins a catalog that counts as one with a valid signature.
var signedBy = regexp.MustCompile(`^vnettune test catalog, signed by ([0-9A-Fa-f]{40})\b`)

// Byte order marks.
const (
	markUTF8    = "\xef\xbb\xbf"
	markUTF16LE = "\xff\xfe"
)

// textOf is an INF's text, of UTF-8 or, with its mark, of UTF-16LE.
func textOf(content []byte) string {
	wide, is := strings.CutPrefix(string(content), markUTF16LE)
	if !is {
		return strings.TrimPrefix(wide, markUTF8)
	}
	units := make([]uint16, len(wide)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16([]byte(wide[2*i:]))
	}
	return string(utf16.Decode(units))
}

// driverVer is the directive, DriverVer = mm/dd/yyyy,w.x.y.z
// (https://learn.microsoft.com/en-us/windows-hardware/drivers/install/inf-driverver-directive).
var driverVer = regexp.MustCompile(`(?i)^driverver\s*=[^,]*,\s*(\d{1,5}(?:\.\d{1,5}){0,3})\s*$`)

// driverVersion is the version in the section Version of an INF; "" where there is none.
func driverVersion(text string) string {
	section := ""
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, ";")
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = strings.ToLower(strings.TrimSpace(strings.Trim(line, "[]")))
		}
		if found := driverVer.FindStringSubmatch(line); found != nil && section == "version" {
			return found[1]
		}
	}
	return ""
}
