package processes

// Established says whether a TCP connection with that local port is established
// on the machine that this process runs on.
func Established(port int) (bool, error) {
	list, err := Sockets("tcp")
	if err != nil {
		return false, err
	}
	for _, s := range list {
		if int(s.Local.Port()) == port && s.State == "01" {
			return true, nil
		}
	}
	return false, nil
}
