package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tldsweep/internal/emulator"
)

func TestKindsOfLogin(t *testing.T) {
	for _, test := range []struct {
		kind   string
		bearer bool
		rights []emulator.Right
		want   string // of GET /auth/details
		itself int    // status of GET /auth/currentCredential
	}{
		{"", false, nil, `"method":"account","roles":["ADMIN"],"user":null`, 200},
		{"", true, nil, `"method":"oauth2_client_credentials","roles":null,"user":null`, 403},
		{emulator.AccountLogin, false, []emulator.Right{{Method: "GET", Path: "/auth/*"}}, `"allowedRoutes":[{"method":"GET","path":"/auth/*"}]`, 200},
		{emulator.UserLogin, false, nil, `"method":"user","roles":["ADMIN"],"user":"buyer"`, 200},
		{emulator.ForeignLogin, false, nil, `"method":"provider"`, 200},
		{emulator.OAuth2Login, false, nil, `"allowedRoutes":null`, 403},
	} {
		_, address := start(t, emulator.Options{Login: test.kind, Rights: test.rights})
		get := func(path string) (int, string) {
			if !test.bearer {
				status, body, _ := ask(t, &good, "GET", address+path, "")
				return status, body
			}
			request, _ := http.NewRequestWithContext(t.Context(), "GET", address+path, nil)
			request.Header.Set("Authorization", "Bearer "+emulator.DefaultAccessToken)
			return send(t, request)
		}
		if status, body := get("/auth/details"); status != 200 || !strings.Contains(body, test.want) {
			t.Errorf("%+v: %d %s", test, status, body)
		}
		if status, body := get("/auth/currentCredential"); status != test.itself {
			t.Errorf("%+v: %d %s", test, status, body)
		}
	}
}

// send sends a request and reads what comes back.
func send(t *testing.T, request *http.Request) (int, string) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// A slash at the end of a path is part of what is signed, and makes no other route.
func TestASlashAtTheEnd(t *testing.T) {
	_, address := start(t, emulator.Options{Owned: []string{"rocket.fr"}})
	for _, base := range []string{address, strings.Replace(address, "/1.0", "/v1", 1)} {
		for _, path := range []string{"/me/", "/domain/", "/domain/rocket.fr/", "/order/cart/?description=x", "/auth/details//"} {
			if status, body, err := ask(t, &good, "GET", base+path, ""); status != 200 || err != nil {
				t.Errorf("%s%s: %d %s %v", base, path, status, body, err)
			}
		}
	}
}

// A server whose clock is ahead wants signatures of its own time, and tells that time everywhere.
func TestAClockThatIsAhead(t *testing.T) {
	_, address := start(t, emulator.Options{ClockOffset: 2 * time.Hour})
	ahead := good
	ahead.off = 2 * time.Hour
	if status, body, _ := ask(t, &good, "GET", address+"/me", ""); status != 400 || !strings.Contains(body, "Query out of time") {
		t.Errorf("signed with this machine's time: %d %s", status, body)
	}
	_, body, _ := ask(t, nil, "GET", address+"/auth/time", "")
	var seconds int64
	if err := json.Unmarshal([]byte(body), &seconds); err != nil || time.Until(time.Unix(seconds, 0)) < 119*time.Minute {
		t.Errorf("it is %s there: %v", body, err)
	}
	status, body, _ := ask(t, nil, "POST", address+"/order/cart", `{"ovhSubsidiary":"FR"}`)
	var cart struct {
		CartID string
		Expire time.Time
	}
	if err := json.Unmarshal([]byte(body), &cart); err != nil || status != 200 || time.Until(cart.Expire) < 25*time.Hour {
		t.Errorf("%d %s %v", status, body, err)
	}
	// A cart that expires within the hour here has expired there.
	soon := time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05-0700")
	ask(t, nil, "PUT", address+"/order/cart/"+cart.CartID, `{"expire":"`+soon+`"}`)
	if status, body, _ := ask(t, nil, "GET", address+"/order/cart/"+cart.CartID, ""); status != 404 {
		t.Errorf("%d %s", status, body)
	}
	request, _ := http.NewRequestWithContext(t.Context(), "GET", address+"/auth/time", nil)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if date, err := http.ParseTime(response.Header.Get("Date")); err != nil || time.Until(date) < 119*time.Minute {
		t.Errorf("Date: %s", response.Header.Get("Date"))
	}
}

// Dates are taken in every form that clients send, and come in more than one.
func TestFormsOfDates(t *testing.T) {
	s := newShop(t, emulator.Options{})
	for _, expire := range []string{
		"2126-11-25T10:11:12Z", "2126-11-25T10:11:12+0000", "2126-11-25T11:11:12+01:00", "2126-11-25T11:11:12.5+0100", "2126-11-25T10:11:12.123456+00:00",
	} {
		made := s.call("POST", "/order/cart", object{"ovhSubsidiary": "FR", "expire": expire}).(object)
		if at, err := time.Parse(time.RFC3339, made["expire"].(string)); err != nil || at.Truncate(time.Second).UTC().Format("15:04:05") != "10:11:12" {
			t.Errorf("%s: %v", expire, made["expire"])
		}
		s.call("GET", "/me/order?date.from="+strings.ReplaceAll(expire, "+", "%2B"), nil)
	}
	s.refused("GET", "/me/order?date.to=soon", nil, "date.to isn't formatted")
	offsets, fraction := map[string]bool{}, false
	for range 50 {
		expire := s.call("POST", "/order/cart", object{"ovhSubsidiary": "FR"}).(object)["expire"].(string)
		offsets[expire[len(expire)-6:]] = true
		fraction = fraction || strings.Contains(expire, ".")
	}
	if len(offsets) != 2 || !fraction {
		t.Errorf("%v %t", offsets, fraction)
	}
}

// The contacts of /me and of /domain are the same ones, each with the fields of its kind.
func TestContactsHaveTwoViews(t *testing.T) {
	s := newShop(t, emulator.Options{})
	made := s.call("POST", "/domain/contact", object{"firstName": "Grace", "website": "https://grace.example", "fax": nil}).(object)
	mine := s.call("GET", "/me/contact/"+id(made["id"]), nil).(object)
	if _, has := mine["website"]; has || mine["firstName"] != "Grace" || mine["lastName"] != "" || mine["address"].(object)["country"] != "FR" {
		t.Errorf("%v", mine)
	}
	changed := s.call("PUT", "/me/contact/"+id(made["id"]), object{"id": made["id"], "lastName": "Example", "vat": "FR1"}).(object)
	if changed["firstName"] != "Grace" || changed["lastName"] != "Example" {
		t.Errorf("%v", changed)
	}
	all := s.call("GET", "/domain/contact", nil).([]any)
	if last := all[len(all)-1].(object); len(all) != 2 || last["vat"] != "FR1" || last["website"] != "https://grace.example" {
		t.Errorf("%v", all)
	}
	s.refused("PUT", "/me/contact/"+id(made["id"]), object{"lastName": nil}, "lastName isn't formated")
	s.refused("PUT", "/domain/contact/"+id(made["id"]), object{"birthCountry": "QQ"}, "birthCountry isn't formated")
	s.refused("PUT", "/domain/contact/"+id(made["id"]), object{"address": object{"country": "QQ"}}, "address isn't formated")
	s.refused("GET", "/domain/contact/1", nil, "does not exist")
}

func TestMeansOfPayment(t *testing.T) {
	s := newShop(t, emulator.Options{})
	for query, n := range map[string]int{
		"": 1, "?default=true": 1, "?default=false": 0, "?status=VALID": 1, "?status=EXPIRED": 0, "?paymentType=CREDIT_CARD&default=true": 1, "?paymentType=PAYPAL": 0,
	} {
		ids := s.call("GET", "/me/payment/method"+query, nil).([]any)
		if len(ids) != n {
			t.Errorf("%q: %v", query, ids)
		}
		for _, method := range ids {
			if got := s.call("GET", "/me/payment/method/"+id(method), nil).(object); got["status"] != "VALID" || id(got["paymentMethodId"]) != id(method) {
				t.Errorf("%v", got)
			}
		}
	}
	s.refused("GET", "/me/payment/method/1", nil, "does not exist")
	if got := fmt.Sprint(s.call("GET", "/me/ovhAccount", nil)); got != "[FR]" {
		t.Error(got)
	}
}
