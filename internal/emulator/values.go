package emulator

import (
	"net/netip"
	"strconv"
	"strings"
)

// contactAt is the contact that a path names, which both of its views share.
func (s *Server) contactAt(path string) (contact, bool) {
	for _, view := range []string{"/me/contact/", "/domain/contact/"} {
		if id, ok := strings.CutPrefix(path, view); ok {
			for _, c := range s.allContacts() {
				if strconv.FormatInt(c.id, 10) == id {
					return c, true
				}
			}
		}
	}
	return contact{}, false
}

// isNichandle says whether a value looks like OVHcloud's name for an account: "ab12345-ovh".
func isNichandle(value string) bool {
	name, ok := strings.CutSuffix(value, "-ovh")
	return ok && name != "" && !strings.ContainsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

// isNameServers says whether a value is names of servers with ";" between them, each perhaps with an address: "name/ip".
func isNameServers(value string) bool {
	for server := range strings.SplitSeq(value, ";") {
		name, address, glued := strings.Cut(server, "/")
		if !isDomain(strings.ToLower(name)) {
			return false
		}
		if _, err := netip.ParseAddr(address); glued && err != nil {
			return false
		}
	}
	return true
}
