package guest

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"vnettune/lab/windows/machine"
)

// Ports of WinRM. Source: "Installation and configuration for Windows Remote Management".
const (
	HTTPPort  = 5985
	HTTPSPort = 5986
)

// Config is what a guest is told from outside. It holds the password, so it travels
// in a file that only the lab's user can read, never on a command line.
type Config struct {
	// Windows chooses the personality and its faults.
	Windows machine.Config `json:"windows"`
	// Address of the guest's adapter with the length of its network's prefix.
	Address netip.Prefix `json:"address"`
	// Delay of every packet that the guest sends, which makes it a round trip's
	// delay; 0 means none.
	Delay time.Duration `json:"delay,omitempty"`
	// Rate of the link in both directions, in Mbit/s; 0 means none.
	Rate int `json:"rate,omitempty"`
	// Keeper is who is asked for the rate of what comes to the guest.
	Keeper netip.AddrPort `json:"keeper,omitzero"`
	// WinRM is how its service is configured.
	WinRM WinRM `json:"winrm,omitzero"`
	// Certificate and Key of the HTTPS listener, in PEM.
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	// ClientCA is the authority of the clients' certificates, in PEM; empty: there are none.
	ClientCA string `json:"clientCA,omitempty"`
	// Disk is the path of the registry's disk.
	Disk string `json:"disk"`
	// IPerf is the path of the real iperf3 inside the guest.
	IPerf string `json:"iperf"`
	// IPerf2 is the path of the real iperf inside the guest; "" if there is none.
	IPerf2 string `json:"iperf2,omitempty"`
	// IPerfLog is the path of what its server says went wrong, inside the guest.
	IPerfLog string `json:"iperfLog"`
	// Libraries is the folder of IPerf's shared libraries in the virtual machine.
	Libraries string `json:"libraries,omitempty"`
	// Agent is the QEMU guest agent; nil leaves it out.
	Agent *Agent `json:"agent,omitempty"`
	// Engine is the folder of what executes the commands of WinRM's shells; empty: they are played. The
	// guest is then a process of its own namespaces, of mounts as well.
	Engine string `json:"engine,omitempty"`
	// Trial makes the init say TrialLine on the console and power off: a boot
	// that only shows whether the accelerator works.
	Trial bool `json:"trial,omitempty"`
}

// TrialLine is the line by which a trial boot shows on the console that it succeeded.
const TrialLine = "vnettune: trial boot succeeded"

// ReadConfig reads and checks a guest's configuration.
func ReadConfig(path string) (Config, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("guest configuration: %w", err)
	}
	var c Config
	if err := json.Unmarshal(b, &c); err != nil {
		return Config{}, fmt.Errorf("guest configuration %s: %w", path, err)
	}
	if err := c.check(); err != nil {
		return Config{}, fmt.Errorf("guest configuration %s: %w", path, err)
	}
	return c, nil
}

func (c Config) check() error {
	switch {
	case c.Trial:
		return nil
	case !c.Address.IsValid():
		return errors.New("address is missing")
	case c.Disk == "":
		return errors.New("disk is missing")
	case c.Delay < 0:
		return fmt.Errorf("delay %v is negative", c.Delay)
	case c.Rate < 0:
		return fmt.Errorf("rate %d is negative", c.Rate)
	case c.Rate > 0 && !c.Keeper.IsValid():
		return errors.New("keeper is missing, who limits what comes to the guest")
	}
	if _, err := c.tls(); err != nil {
		return err
	}
	_, err := c.clientCA()
	return err
}

func (c Config) certificate() (tls.Certificate, error) {
	cert, err := tls.X509KeyPair([]byte(c.Certificate), []byte(c.Key))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate: %w", err)
	}
	return cert, nil
}
