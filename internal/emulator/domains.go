package emulator

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// domains serves what the account holds: the domains of Options.Owned and those of its orders.
func (s *Server) domains() {
	s.route("GET /domain", needed, func(a *answer, r *http.Request) {
		if query := r.URL.Query(); query.Has("whoisOwner") && query.Get("whoisOwner") != strconv.Itoa(firstContact) {
			a.json([]string{})
			return
		}
		a.json(append([]string{}, slices.Sorted(maps.Keys(s.services()))...))
	})
	s.route("GET /domain/{service}", needed, func(a *answer, r *http.Request) {
		domain := r.PathValue("service")
		state, has := s.services()[domain]
		if !has {
			a.unknown()
			return
		}
		a.json(s.service(domain, state))
	})
}

// services is the state of every domain of the account.
func (s *Server) services() map[string]string {
	services := s.boughtStates()
	for domain := range s.world.owned {
		services[domain] = "ok"
	}
	return services
}

// service is a domain of the account, DomainServiceWithIAM.
func (s *Server) service(domain, state string) map[string]any {
	who := map[string]string{"id": account}
	expires := wireTime(s.now().AddDate(1, 0, 0).Truncate(24 * time.Hour))
	var servers []map[string]any
	for i, name := range []string{"dns10.ovh.net", "ns10.ovh.net"} {
		servers = append(servers, map[string]any{"id": i + 1, "nameServer": name, "nameServerType": "hosted", "ipv4": nil, "ipv6": nil})
	}
	return map[string]any{
		"domain": domain, "serviceId": 1 + s.world.hash("service", domain)%1000000, "state": state, "suspensionState": "not_suspended",
		"expirationDate": expires, "renewalDate": expires, "lastUpdate": wireTime(s.now().Truncate(24 * time.Hour)), "renewalState": "automatic_renew",
		"contactAdmin": who, "contactBilling": who, "contactOwner": map[string]string{"id": strconv.Itoa(firstContact)}, "contactTech": who,
		"whoisOwner": strconv.Itoa(firstContact), "dnssecState": "disabled", "dnssecSupported": true, "glueRecordIpv6Supported": true,
		"glueRecordMultiIpSupported": true, "hostSupported": true, "owoSupported": true, "nameServerType": "hosted", "nameServers": servers,
		"offer": "gold", "parentService": nil, "transferLockStatus": "locked",
		"iam": map[string]any{"id": iamID(s.world.hash("iam", domain)), "displayName": domain, "tags": nil, "urn": "urn:v1:eu:resource:domain:" + domain},
	}
}
