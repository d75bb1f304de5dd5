package chart

import (
	"fmt"
	"strconv"
	"strings"
)

// made writes nodes as "id|kind|label|sub|full".
func madeNodes(list ...string) []Node {
	kinds := map[string]NodeKind{
		"theft": TheftNode, "address": AddressNode, "swap": SwapNode, "bridge": BridgeNode, "mixer": MixerNode,
		"service": ServiceNode, "fee": FeeNode, "held": HeldNode, "open": UnfollowedNode, "others": OthersNode,
	}
	var out []Node
	for _, s := range list {
		f := strings.Split(s+"||||", "|")
		out = append(out, Node{ID: f[0], Kind: kinds[f[1]], Label: f[2], Sub: f[3], Full: f[4]})
	}
	return out
}

var gradeOf = map[string]Grade{"": Fact, "d": Decoded, "h": Heuristic, "j": Judgement}

// madeFlows writes flows as "from to amount most grade"; most "-" is none.
func madeFlows(unit string, list ...string) []Flow {
	var out []Flow
	for _, s := range list {
		f := append(strings.Fields(s), "", "")
		l := Flow{From: f[0], To: f[1], Amount: Value{Amount: f[2], Label: f[2] + " " + unit}, Grade: gradeOf[f[4]]}
		if f[3] != "" && f[3] != "-" {
			l.Most = Value{Amount: f[3], Label: f[3] + " " + unit}
		}
		out = append(out, l)
	}
	return out
}

func fullAddress(n int) string { return fmt.Sprintf("0x%040x", uint64(n)*0x9e3779b97f4a7c15) }

func theftDemo() Flows {
	nodes := []string{"t|theft|Example Bridge wallet|1,000 ETH|" + fullAddress(1)}
	for i := 1; i <= 6; i++ {
		nodes = append(nodes, fmt.Sprintf("p%d|address|%s|%s ETH", i, fullAddress(i+1), strings.Fields("1,000 960 920 880 840 800")[i-1]))
	}
	nodes = append(nodes,
		"pay|others|other (5)|197 ETH", "sw|swap|Swap Pool|500 ETH", "br|bridge|Example Bridge|380 ETH", "mx|mixer|Mixer A|100 ETH",
		"a1|address|"+fullAddress(20)+"|120 ETH", "x1|service|Exchange One|250–300 ETH", "x2|service|Exchange Two|90–180 ETH", "fee|fee|Network fees|3 ETH", "hd|held|Held at 4 addresses|95 ETH")
	return Flows{
		Frame: Frame{
			Title:    "Two exchanges received at least a third of what was stolen; where a tenth went is not known",
			Subtitle: "EXERCISE. Flow of 1,000 ETH from the theft to where it was cashed out, mixed or held",
			Foot:     "Source: exercise case, invented. Solid: under every accounting policy.",
		},
		Nodes: madeNodes(nodes...),
		Links: madeFlows("ETH",
			"t p1 1000", "p1 p2 960", "p2 p3 920", "p3 p4 880", "p4 p5 840", "p5 p6 800",
			"p1 pay 37", "p2 pay 40", "p3 pay 40", "p4 pay 40", "p5 pay 40", "p1 fee 3",
			"p6 sw 500", "p6 mx 100", "p6 a1 100 120", "p6 hd 60 95",
			"sw br 380 - d", "sw x2 90 120 d", "br x1 250 300 h", "br x2 0 60 h", "a1 x2 0 100 j"),
	}
}

func fanDemo() Flows {
	f := Flows{
		Frame: Frame{Title: "One address paid forty within an hour", Subtitle: "Transfers of 12 March 2024, USDT", Foot: "Source: exercise case, invented."},
		Nodes: madeNodes("t|theft|Hot wallet|4,100,000 USDT"),
	}
	for i := range 40 {
		id := strconv.Itoa(i)
		kind := "address"
		if i%9 == 4 {
			kind = "service"
		}
		f.Nodes = append(f.Nodes, madeNodes(id+"|"+kind+"|"+fullAddress(i+3)+"|"+strconv.Itoa(5000*(i+1))+" USDT")...)
		f.Links = append(f.Links, madeFlows("USDT", "t "+id+" "+strconv.Itoa(5000*(i+1)))...)
	}
	return f
}

func circleDemo() Flows {
	return Flows{
		Frame: Frame{Title: "A fifth of the value went in circles before it left", Subtitle: "ETH", Foot: "Source: exercise case, invented."},
		Nodes: madeNodes("t|theft|Vault|100 ETH", "a|address|0x71c9ab12…3f2a|120 ETH", "b|address|0x99aa01bc…0011|110 ETH", "c|address|0x0102aabb…7777|90 ETH", "x|service|Exchange One|70 ETH", "h|held|Held|20 ETH"),
		Links: madeFlows("ETH", "t a 100", "a b 110", "b c 90", "c a 15", "c b 5", "a a 3", "c x 70", "b h 20"),
	}
}

func smallDemo() Flows {
	return Flows{
		Frame: Frame{Title: "Most went to one exchange", Subtitle: "Base units of a token with 18 decimals"},
		Nodes: madeNodes("t|theft|Vault", "a|address|Collector", "x|service|Exchange One", "y|service|Exchange Two", "z|open|Not followed"),
		Links: madeFlows("wei", "t a 1000000000000000000000001000000", "a x 1000000000000000000000000000000", "a y 1000000", "a z 0"),
	}
}

func longNamesDemo() Flows {
	return Flows{
		Frame: Frame{Title: "긴 이름도 잘리지 않는다: 이름은 가운데를 줄이고 표에 모두 적는다", Subtitle: "백만 원", Foot: "Source: exercise case, invented."},
		Nodes: madeNodes("t|theft|조선민주주의인민공화국 관련 지갑으로 알려진 주소|1,234,567,890,123 KRW",
			"a|address|The Extremely Long Name of an Over-the-Counter Broker in a Far-Away Jurisdiction, Branch Number 17|1,234,567,890,123 KRW",
			"b|bridge|크로스체인 브리지 계약|600,000,000,000 KRW",
			"x|service|주식회사 예시거래소 (법인 계좌, 서울특별시 강남구)|600,000,000,000 KRW", "y|service|Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft|634,567,890,123 KRW"),
		Links: madeFlows("KRW", "t a 1234567890123", "a b 600000000000 - h", "b x 600000000000 - h", "a y 634567890123 - j"),
	}
}

func singleDemo() Flows {
	return Flows{
		Frame: Frame{Title: "All of it went to one exchange in one transfer", Subtitle: "ETH", Foot: "Source: exercise case, invented."},
		Nodes: madeNodes("t|theft|Vault|42 ETH", "x|service|Exchange One|42 ETH"),
		Links: madeFlows("ETH", "t x 42"),
	}
}

// madeTransfers writes transfers as "from to amount date grade".
func madeTransfers(unit string, list ...string) []Transfer {
	var out []Transfer
	for _, s := range list {
		f := append(strings.Fields(s), "", "", "")
		t := Transfer{From: f[0], To: f[1], Date: f[3], Grade: gradeOf[f[4]]}
		if f[2] != "-" {
			t.Amount = Value{Amount: f[2], Label: f[2] + " " + unit}
		}
		out = append(out, t)
	}
	return out
}

func transfersDemo() Graph {
	return Graph{
		Frame: Frame{
			Title:    "It took the thief nine days to reach two exchanges",
			Subtitle: "EXERCISE. Transfers from the theft to the exchanges, ETH",
			Foot:     "Source: exercise case, invented.",
		},
		Nodes: madeNodes("t|theft|Vault|1,000 ETH", "a|address|"+fullAddress(1), "b|address|"+fullAddress(2), "c|address|"+fullAddress(3),
			"sw|swap|Swap Pool", "br|bridge|Example Bridge", "d|address|"+fullAddress(4), "mx|mixer|Mixer A|100 ETH", "x1|service|Exchange One|620 ETH", "x2|service|Exchange Two|270 ETH"),
		Transfers: madeTransfers("ETH",
			"t a 700 2024-03-01", "t b 300 2024-03-01", "a c 600 2024-03-02", "a mx 100 2024-03-03", "b c 20 2024-03-03", "b x2 270 2024-03-05",
			"c sw 620 2024-03-05", "sw br 620 2024-03-06 d", "br d 620 2024-03-08 h", "d x1 620 2024-03-10 j", "b a 5 2024-03-04", "c a 1 2024-03-09", "b b 2 2024-03-02"),
	}
}

func wideGraphDemo() Graph {
	g := Graph{
		Frame: Frame{Title: "Forty transfers in one hour", Subtitle: "USDT", Foot: "Source: exercise case, invented."},
		Nodes: madeNodes("t|theft|Hot wallet|4,100,000 USDT", "c|address|"+fullAddress(99), "x|service|Exchange One"),
	}
	for i := range 30 {
		id := strconv.Itoa(i)
		g.Nodes = append(g.Nodes, madeNodes(id+"|address|"+fullAddress(i+3))...)
		g.Transfers = append(g.Transfers, madeTransfers("USDT", fmt.Sprintf("t %s %d 2024-03-%02d", id, 5000*(i+1), 1+i/8))...)
		if i%3 == 0 {
			g.Transfers = append(g.Transfers, madeTransfers("USDT", fmt.Sprintf("%s c %d 2024-03-%02d h", id, 4000*(i+1), 4+i/6))...)
		}
	}
	g.Transfers = append(g.Transfers, madeTransfers("USDT", "c x 600000 2024-03-12", "c t 1 2024-03-13")...)
	return g
}

func longGraphDemo() Graph {
	g := Graph{Frame: Frame{Title: "A chain of twenty addresses", Subtitle: "BTC"}}
	for i := range 20 {
		g.Nodes = append(g.Nodes, madeNodes(fmt.Sprintf("%d|address|bc1q%s", i, fullAddress(i)[20:]))...)
		if i > 0 {
			g.Transfers = append(g.Transfers, madeTransfers("BTC", fmt.Sprintf("%d %d %d.5 2024-03-%02d", i-1, i, 100-i, i))...)
		}
	}
	return g
}

func koreanGraphDemo() Graph {
	return Graph{
		Frame:     Frame{Title: "한 거래소로 모두 갔다", Subtitle: "백만 원"},
		Nodes:     madeNodes("t|theft|조선민주주의인민공화국 관련 지갑", "a|address|The Extremely Long Name of an Over-the-Counter Broker in a Far-Away Jurisdiction", "x|service|주식회사 예시거래소 (법인 계좌, 서울특별시 강남구)|12 KRW"),
		Transfers: madeTransfers("KRW", "t a 1234567890123456789012345678901 2024", "a x 12 2024-05", "a x 13", "a x - 2024-06-01", "x a 1 2024-07-01"),
	}
}
