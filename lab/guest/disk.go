package guest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// DiskSize is the size in bytes of the raw disk that keeps the registry.
const DiskSize = 1 << 20

const (
	slotSize   = DiskSize / 2
	slotHeader = 8 + 8 + 8 + sha256.Size // magic, sequence number, length, checksum
	slotMagic  = "vnetreg1"
)

// Disk keeps one document on a raw disk or a file in two slots that are written in turn. Each
// carries a sequence number and a checksum over number and document, so that a power cut in the
// middle of a write leaves the document before it. It implements machine.Disk.
type Disk struct {
	mu   sync.Mutex
	file medium
	next int    // slot to write
	seq  uint64 // of the newest good slot; 0 when there is none
	data []byte
}

// medium is what the slots are on: an *os.File, or memory that a test can tear.
type medium interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Sync() error
}

// OpenDisk opens the disk and finds the newest good slot.
func OpenDisk(path string) (*Disk, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("registry disk: %w", err)
	}
	d, err := readDisk(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("registry disk %s: %w", path, err)
	}
	return d, nil
}

func readDisk(m medium) (*Disk, error) {
	d := &Disk{file: m}
	for i := range 2 {
		seq, data, err := readSlot(m, i)
		if err != nil {
			return nil, err
		}
		if seq > d.seq {
			d.seq, d.data, d.next = seq, data, 1-i
		}
	}
	return d, nil
}

// Load returns the last document that was saved wholly; nil when there is none.
func (d *Disk) Load() ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Clone(d.data), nil
}

// Save writes the document and waits until the disk has it.
func (d *Disk) Save(data []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	slot, err := encodeSlot(d.seq+1, data)
	if err != nil {
		return fmt.Errorf("registry disk: %w", err)
	}
	if _, err := d.file.WriteAt(slot, int64(d.next)*slotSize); err != nil {
		return fmt.Errorf("registry disk: %w", err)
	}
	if err := d.file.Sync(); err != nil {
		return fmt.Errorf("registry disk: %w", err)
	}
	d.seq++
	d.next = 1 - d.next
	d.data = bytes.Clone(data)
	return nil
}

// Close releases the disk.
func (d *Disk) Close() error { return d.file.Close() }

func encodeSlot(seq uint64, data []byte) ([]byte, error) {
	if len(data) > slotSize-slotHeader {
		return nil, fmt.Errorf("document of %d bytes, at most %d fit", len(data), slotSize-slotHeader)
	}
	b := make([]byte, 0, slotHeader+len(data))
	b = append(b, slotMagic...)
	b = binary.BigEndian.AppendUint64(b, seq)
	b = binary.BigEndian.AppendUint64(b, uint64(len(data)))
	sum := slotSum(seq, data)
	b = append(b, sum[:]...)
	return append(b, data...), nil
}

// decodeSlot gives sequence number 0 for a slot that was never written or is torn.
func decodeSlot(b []byte) (seq uint64, data []byte) {
	if len(b) < slotHeader || string(b[:8]) != slotMagic {
		return 0, nil
	}
	seq = binary.BigEndian.Uint64(b[8:])
	n := binary.BigEndian.Uint64(b[16:])
	if n > uint64(len(b)-slotHeader) {
		return 0, nil
	}
	data = b[slotHeader:][:n]
	if sum := slotSum(seq, data); !bytes.Equal(sum[:], b[24:slotHeader]) {
		return 0, nil
	}
	return seq, data
}

func slotSum(seq uint64, data []byte) [sha256.Size]byte {
	return sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, seq), data...))
}

func readSlot(m io.ReaderAt, i int) (seq uint64, data []byte, err error) {
	b := make([]byte, slotSize)
	n, err := m.ReadAt(b, int64(i)*slotSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, nil, err
	}
	seq, data = decodeSlot(b[:n])
	return seq, data, nil
}
