package snapshottest

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"vnettune/lab/windows/registry"
)

// Owned are the keys that a snapshot has whole: what another Windows has under them is
// deleted when the .reg file is imported.
var Owned = []string{
	registry.AdaptersKey, registry.ProductKey, registry.AFDKey, registry.TcpipKey, registry.ServicingKey, registry.UpdateKey, registry.PowerKey, registry.WinRMKey,
	registry.FirewallKey, registry.FirewallByPolicyKey,
}

// reg is the registry as a .reg file; volatile keys are left out.
func reg(tree *registry.Tree) string {
	var b strings.Builder
	for _, key := range Owned {
		fmt.Fprintf(&b, "[-%s]\n\n", key)
	}
	fmt.Fprintf(&b, "[%s]\n%s=-\n\n", registry.SessionKey, quoted("PendingFileRenameOperations"))
	for _, root := range tree.Saved() {
		regKey(&b, root.Name, root)
	}
	return b.String()
}

func regKey(b *strings.Builder, path string, k registry.SavedKey) {
	if len(k.Values) > 0 || len(k.Keys) == 0 {
		fmt.Fprintf(b, "[%s]\n", path)
		for _, v := range k.Values {
			name := "@"
			if v.Name != "" {
				name = quoted(v.Name)
			}
			fmt.Fprintf(b, "%s=%s\n", name, regData(v.Value))
		}
		b.WriteString("\n")
	}
	for _, sub := range k.Keys {
		regKey(b, path+`\`+sub.Name, sub)
	}
}

// regData is a value's data (https://support.microsoft.com/en-us/topic/how-to-add-modify-or-delete-registry-subkeys-and-values-by-using-a-reg-file-9c7f37cf-a5e9-e1cd-c4fa-2a26218a1a23).
func regData(v registry.Value) string {
	n, _ := strconv.ParseUint(v.Data, 10, 64) // of the two kinds that are numbers, which were checked when they were set
	switch v.Kind {
	case "DWord":
		return fmt.Sprintf("dword:%08x", n)
	case "QWord":
		return "hex(b):" + bytesOf(binary.LittleEndian.AppendUint64(nil, n))
	case "ExpandString":
		return "hex(2):" + bytesOf(units(v.Data+"\x00"))
	case "MultiString":
		return "hex(7):" + bytesOf(units(strings.ReplaceAll(v.Data, "\n", "\x00")+"\x00\x00"))
	case "Binary", "None":
		raw, _ := hex.DecodeString(v.Data) // as above
		return map[string]string{"Binary": "hex:", "None": "hex(0):"}[v.Kind] + bytesOf(raw)
	}
	if strings.ContainsFunc(v.Data, unicode.IsControl) {
		return "hex(1):" + bytesOf(units(v.Data+"\x00"))
	}
	return quoted(v.Data)
}

// units is a text in UTF-16, little-endian.
func units(text string) []byte {
	var raw []byte
	for _, u := range utf16.Encode([]rune(text)) {
		raw = binary.LittleEndian.AppendUint16(raw, u)
	}
	return raw
}

func bytesOf(raw []byte) string {
	parts := make([]string, len(raw))
	for i, b := range raw {
		parts[i] = fmt.Sprintf("%02x", b)
	}
	return strings.Join(parts, ",")
}

// quoted is a text as a .reg file has it between quotes.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
