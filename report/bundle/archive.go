package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"vnettune/foreign"
)

// Bounds of what is read.
const (
	// MaxArchive is the most bytes of a bundle, packed. The largest that is made, of matrix.MaxSlots boots, has less.
	MaxArchive = 64 << 20
	// maxFiles are the most bytes of all files of a bundle together.
	maxFiles = 256 << 20
	// maxManifest are the most bytes of a manifest.
	maxManifest = 64 << 10
)

// Schema names the form of a bundle; docs/schema/bundle-v1.json describes its manifest.
const Schema = "vnettune/bundle/v1"

// Manifest says what a bundle is made of.
type Manifest struct {
	Schema  string   `json:"schema"`
	Program string   `json:"program"` // version of the vnettune that made it
	Files   []Listed `json:"files"`   // in their order
}

// Listed is a file of a bundle.
type Listed struct {
	Name   string `json:"name"`
	Size   int    `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // lower-case hex
}

func newManifest(files map[string][]byte, program string) Manifest {
	m := Manifest{Schema: Schema, Program: program}
	for _, name := range append(slices.Clone(contents), fileRanking) {
		m.Files = append(m.Files, Listed{name, len(files[name]), sum(files[name])})
	}
	return m
}

func sum(text []byte) string {
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:])
}

// text is the manifest as its bundle has it.
func (m Manifest) text() []byte {
	var b bytes.Buffer
	if err := foreign.JSON(&b, m, " "); err != nil {
		panic("bundle: a manifest does not encode: " + err.Error())
	}
	return b.Bytes()
}

// Hash is the SHA-256 of the manifest's file, in lower-case hex: it stands for the whole bundle.
func (m Manifest) Hash() string { return sum(m.text()) }

// pack writes a bundle. No time, owner or name of a machine is in it.
func pack(files map[string][]byte, m Manifest) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if err = writeTar(z, files, m); err == nil {
		err = z.Close()
	}
	return b.Bytes(), err
}

func writeTar(w io.Writer, files map[string][]byte, m Manifest) error {
	t := tar.NewWriter(w)
	put := func(name string, text []byte) error {
		if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(text)), Format: tar.FormatUSTAR}); err != nil {
			return err
		}
		_, err := t.Write(text)
		return err
	}
	err := put(fileManifest, m.text())
	for _, f := range m.Files {
		err = errors.Join(err, put(f.Name, files[f.Name]))
	}
	return errors.Join(err, t.Close())
}

// unpack reads a bundle within bounds. What is not as its manifest says is refused, with the name of the file.
func unpack(archive []byte) (map[string][]byte, Manifest, error) {
	if len(archive) > MaxArchive {
		return nil, Manifest{}, fmt.Errorf("more than %d MiB: no bundle is so large", MaxArchive>>20)
	}
	return unpackWithin(archive, maxFiles)
}

// unpackWithin is unpack of what has no more than so many bytes.
func unpackWithin(archive []byte, most int) (map[string][]byte, Manifest, error) {
	var m Manifest
	packed := bytes.NewReader(archive)
	z, err := gzip.NewReader(packed)
	if err != nil {
		return nil, m, fmt.Errorf("this is no bundle: %w", err)
	}
	z.Multistream(false)
	if len(z.Extra) > 0 || z.Comment != "" || z.Name != "" || !z.ModTime.IsZero() {
		return nil, m, errors.New("its compression has a name, a time or a remark, which no bundle has")
	}
	// All is unpacked before anything of it is looked at: the checksum at its end is seen then.
	all, err := io.ReadAll(io.LimitReader(z, int64(most)+1))
	switch {
	case err != nil:
		return nil, m, fmt.Errorf("it cannot be unpacked: %w", err)
	case len(all) > most:
		return nil, m, fmt.Errorf("it unpacks to more than %d MiB: no bundle is so large", most>>20)
	case packed.Len() > 0:
		return nil, m, fmt.Errorf("%d bytes come behind its end", packed.Len())
	}
	files, err := untar(all)
	if err != nil {
		return nil, m, err
	}
	if m, err = parseManifest(files); err != nil {
		return nil, m, err
	}
	delete(files, fileManifest)
	// Whatever else a header can say, an archive that is written anew has not.
	var again bytes.Buffer
	if err := writeTar(&again, files, m); err != nil {
		return nil, m, err
	}
	if !bytes.Equal(again.Bytes(), all) {
		return nil, m, errors.New("its archive was not written by vnettune: headers, order of files or what is between them differ")
	}
	return files, m, nil
}

// untar reads the files of an archive. Their names are those that a bundle has, and so escape to nowhere.
func untar(all []byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	for t := tar.NewReader(bytes.NewReader(all)); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("its archive is damaged: %w", err)
		}
		name := foreign.Word(h.Name)
		switch _, twice := files[h.Name]; {
		case h.Typeflag != tar.TypeReg:
			return nil, fmt.Errorf("%s is no file, but a link, a folder or a device: a bundle has files alone", name)
		case h.Name != fileManifest && h.Name != fileRanking && !slices.Contains(contents, h.Name):
			return nil, fmt.Errorf("%s is no file of a bundle", name)
		case twice:
			return nil, fmt.Errorf("%s is in it twice", name)
		case h.Size > int64(len(all)):
			return nil, fmt.Errorf("%s is said to be longer than the whole archive", name)
		}
		if files[h.Name], err = io.ReadAll(t); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
}

// parseManifest reads the manifest and compares the files with it.
func parseManifest(files map[string][]byte) (Manifest, error) {
	var m Manifest
	text, there := files[fileManifest]
	if !there {
		return m, fmt.Errorf("%s is missing", fileManifest)
	}
	if err := foreign.CheckJSON(text, maxManifest); err != nil {
		return m, inFile(fileManifest, err)
	}
	var form struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return m, inFile(fileManifest, errors.New(foreign.Line(err.Error())))
	}
	if form.Schema != Schema {
		return m, inFile(fileManifest, fmt.Errorf("it is of the form %q; this vnettune reads %s", foreign.Word(form.Schema), Schema))
	}
	if err := json.Unmarshal(foreign.Lines(text), &m); err != nil {
		return m, inFile(fileManifest, errors.New(foreign.Line(err.Error())))
	}
	if !bytes.Equal(m.text(), text) {
		return m, inFile(fileManifest, errors.New("it was changed: it is not written as vnettune writes it"))
	}
	var listed []string
	for _, f := range m.Files {
		listed = append(listed, f.Name)
	}
	if want := append(slices.Clone(contents), fileRanking); !slices.Equal(listed, want) {
		return m, inFile(fileManifest, fmt.Errorf("it does not list the files of a bundle, which are %s", strings.Join(want, ", ")))
	}
	for _, f := range m.Files {
		text, there := files[f.Name]
		switch {
		case !there:
			return m, fmt.Errorf("%s is missing", f.Name)
		case len(text) != f.Size || sum(text) != f.SHA256:
			return m, fmt.Errorf("%s was changed: its hash is not that of the manifest", f.Name)
		}
	}
	return m, nil
}
