package windows

// established says whether a TCP connection with that local port is established
// on the machine that this process runs on.
func established(port int) (bool, error) {
	list, err := sockets("tcp")
	if err != nil {
		return false, err
	}
	for _, s := range list {
		if int(s.local.Port()) == port && s.state == "01" {
			return true, nil
		}
	}
	return false, nil
}
