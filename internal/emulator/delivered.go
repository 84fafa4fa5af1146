package emulator

import (
	"fmt"
	"net/http"
	"strings"
)

// iamID makes a UUID of a number.
func iamID(n uint64) string {
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", n>>32, n>>16&0xffff, n>>4&0xfff, n&0xfff, n>>16)
}

// delivered serves what clients look at once an order is delivered: the domain, in OVHcloud's second API.
func (s *Server) delivered() {
	s.route("GET /v2/domain/name/{domain}", needed, func(a *answer, r *http.Request) {
		domain := r.PathValue("domain")
		state, has := s.services()[domain]
		if !has {
			a.unknown()
			return
		}
		status := "READY"
		if state != "ok" {
			status = "CREATING"
		}
		_, extension, _ := strings.Cut(domain, ".")
		servers := []map[string]any{
			{"nameServer": "dns10.ovh.net", "nameServerType": "OVHCLOUD"}, {"nameServer": "ns10.ovh.net", "nameServerType": "OVHCLOUD"},
		}
		a.json(map[string]any{
			"id": domain, "checksum": "0", "resourceStatus": status, "currentTasks": []any{},
			"iam": map[string]any{"id": iamID(s.world.hash("iam", domain)), "urn": "urn:v1:eu:resource:domain:" + domain},
			"currentState": map[string]any{
				"name": domain, "extension": extension, "mainState": "OK", "protectionState": "PROTECTED", "suspensionState": "NOT_SUSPENDED",
				"additionalStates": []any{},
				"dnsConfiguration": map[string]any{
					"configurationType": "HOSTED", "glueRecordIPv6Supported": true, "hostSupported": true, "maxDNS": 10, "minDNS": 2, "nameServers": servers,
				},
			},
			"targetSpec": map[string]any{"dnsConfiguration": map[string]any{"nameServers": []map[string]any{
				{"nameServer": "dns10.ovh.net"}, {"nameServer": "ns10.ovh.net"},
			}}},
		})
	})
}
