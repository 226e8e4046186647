package console

// phrase is a label that console programs print.
type phrase struct {
	english string
	other   [4]string // German, Russian, Chinese, Japanese; "" where no sample has it
	source  string    // of the others
}

// Where texts in other languages are from: German from the page that the samples name, Chinese from a
// listing that anybody can open; Russian and Japanese listings were in files whose repository is not
// known.
const (
	listing = "docs/facts/windows-samples.md 1.6, http://www.wmrh.cn/Thetrip/33722.html; Russian and Japanese not verified: ask a guest of that language, netsh int tcp show global"
	russian = "not verified: ask a Russian guest, netsh int tcp show heuristics and dump"
	short   = "docs/facts/windows-samples.md 2.3"
	subs    = "not verified: ask a Japanese guest, netsh int ipv4 show subinterfaces"
	errors5 = "not verified: ask a guest of that language, net helpmsg 5"
)

// phrases are all labels of the programs that are played on 8 and later; values, names and keywords
// are none.
var phrases = []phrase{
	{"Querying active state...", [4]string{"Der aktive Status wird abgefragt...", "", "查询活动状态...", "アクティブ状態を照会しています..."}, listing},
	{"TCP Global Parameters", [4]string{"Globale TCP-Parameter", "", "TCP 全局参数", "TCP グローバル パラメーター"}, listing},
	{"Receive-Side Scaling State", [4]string{"Zustand der empfangsseitigen Skalierung", "Состояние масштабирования на стороне приема", "接收方缩放状态", "Receive-Side Scaling 状態"}, listing},
	{"Receive Window Auto-Tuning Level", [4]string{"Autom. Abstimmungsgrad Empfangsfenster", "Уровень автонастройки окна получения", "接收窗口自动调节级别", "受信ウィンドウ自動チューニング レベル"}, listing},
	{"Add-On Congestion Control Provider", [4]string{"Add-On \"Überlastungssteuerungsanbieter\"", "Поставщик дополнительного компонента контроля перегрузки", "加载项拥塞控制提供程序", "アドオン輻輳制御プロバイダー"}, listing},
	{"ECN Capability", [4]string{"ECN-Funktion", "Мощность ECN", "ECN 功能", "ECN 機能"}, listing},
	{"RFC 1323 Timestamps", [4]string{"RFC 1323-Zeitstempel", "Метки времени RFC 1323", "RFC 1323 时间戳", "RFC 1323 タイムスタンプ"}, listing},
	{"Initial RTO", [4]string{"RTO (anfänglich)", "Начальное RTO", "初始 RTO", "初期 RTO"}, listing},
	{"Receive Segment Coalescing State", [4]string{"Zustand der Empfangssegmentzusammenfügung", "Состояние объединения сегментов приема", "接收段合并状态", "Receive Segment Coalescing 状態"}, listing},
	{"Non Sack Rtt Resiliency", [4]string{"Nicht-SACK-RTT-Widerstandsfähigkeit", "Устойчивость RTT без SACK", "非 Sack Rtt 复原", "非 Sack の Rtt 回復性"}, listing},
	{"Max SYN Retransmissions", [4]string{"Maximale SYN-Neuübertragungen", "Максимум повторных передач SYN", "最大 SYN 重新传输次数", "SYN の最大再送信数"}, listing},
	{"Fast Open Fallback", [4]string{"Fast Open-Fallback", "Откат для Fast Open", "快速打开回退", "Fast Open フォールバック"}, listing},
	{"Fast Open", [4]string{"Fast Open", "Fast Open", "快速打开", "Fast Open"}, listing},
	{"HyStart", [4]string{"HyStart", "HyStart", "HyStart", "HyStart"}, listing},
	{"Proportional Rate Reduction", [4]string{"Proportionale Ratenreduzierung", "Уменьшение коэффициента пропорции", "比例费率降低", "Proportional Rate Reduction"}, listing},
	{"Pacing Profile", [4]string{"Schrittsteuerungsprofil", "Профиль шагов", "节奏配置文件", "ペーシング プロファイル"}, listing},
	{"TCP Window Scaling heuristics Parameters", [4]string{"", "Параметры эвристики масштабирования окон TCP", "", ""}, russian},
	{"Window Scaling heuristics", [4]string{"", "Эвристика масштабирования окон", "", ""}, russian},
	{"TCP Configuration", [4]string{"", "Конфигурация TCP", "", ""}, "docs/facts/windows-samples.md 2.4"},
	{"The TCP global default template is", [4]string{"Globale TCP-Standardvorlage:", "", "", ""}, short},
	{"TCP Supplemental Parameters", [4]string{"Zusätzliche TCP-Parameter", "", "", ""}, short},
	{"Minimum RTO (msec)", [4]string{"Mindest-RTO (ms)", "", "", ""}, short},
	{"Initial Congestion Window (MSS)", [4]string{"Anfängliches Überlastungsfenster (MSS)", "", "", ""}, short},
	{"Congestion Control Provider", [4]string{"Überlastungssteuerungsanbieter", "", "", ""}, short},
	{"Enable Congestion Window Restart", [4]string{"Neustart des Überlastungsfensters aktivieren", "", "", ""}, short},
	{"Delayed ACK timeout (msec)", [4]string{"Zeitüberschreitung für verzögerte Bestätigung (ms)", "", "", ""}, short},
	{"Delayed ACK frequency", [4]string{"Häufigkeit für verzögerte Bestätigung", "", "", ""}, short},
	{"Bytes In", [4]string{"", "", "", "バイト イン"}, subs},
	{"Bytes Out", [4]string{"", "", "", "バイト アウト"}, subs},
	{"  Interface", [4]string{"", "", "", "  インターフェイス"}, subs}, // the loopback's name is no label
	{"Access is denied.", [4]string{"Zugriff verweigert", "Отказано в доступе.", "", ""}, errors5},
	{"Ok.", [4]string{"OK.", "ОК.", "", ""}, "not verified: ask a guest of that language, netsh int tcp set heuristics default"},

	{english: "Enable RACK"}, {english: "Enable Tail Loss Probe"},
	{english: "Chimney Offload State"}, {english: "NetDMA State"}, {english: "Direct Cache Access (DCA)"}, {english: "TCP Fast Open"},
	{english: "Qualifying Destination Threshold"}, {english: "Profile type unknown"}, {english: "Profile type public"}, {english: "Profile type private"}, {english: "Profile type domain"},
	{english: "MediaSenseState"},
	{english: " is not a valid argument for this command."}, {english: "The syntax supplied for this command is not valid. Check help for the correct syntax."},
	{english: " is not an acceptable value for "}, {english: "The parameter is incorrect."}, {english: "The following command was not found: "},
	{english: "Only the custom templates InternetCustom and DatacenterCustom can be modified."},
	{english: "The filename, directory name, or volume label syntax is incorrect."},
	{english: "There is not enough space on the disk."}, {english: "The RPC server is unavailable."}, {english: "Invalid class"},
	{english: "is not recognized as an internal or external command,"}, {english: "operable program or batch file."},
	{english: "The operation completed successfully."}, {english: "ERROR: The system was unable to find the specified registry key or value."},
	{english: "The operation was canceled by the user."}, {english: "ERROR: Access is denied."}, {english: "ERROR: The parameter is incorrect."},
	{english: "ERROR: Invalid syntax."}, {english: "ERROR: Invalid key name."}, {english: "(Default)"}, {english: "for usage."},
	{english: "A system shutdown is in progress."}, {english: "Unable to abort the system shutdown because no shutdown was in progress."}, {english: "A system shutdown has already been scheduled."},
	{english: "ERROR: The system cannot find the file specified."}, {english: "ERROR: Invalid argument/option"},
	{english: "Pinging"}, {english: " with 32 bytes of data:"}, {english: "Reply from "}, {english: "Ping statistics for "}, {english: "Packets: Sent"}, {english: "Approximate round trip times in milli-seconds:"},
	{english: "ECHO is on."}, {english: "The command line is too long."}, {english: "The syntax of the command is incorrect."},
	{english: "Folder: "}, {english: "TaskName"}, {english: "Next Run Time"}, {english: "Status"}, {english: "Ready"},
}
